// Files dropped on a form join its file field. Nothing leaves before the form is sent, for its words say who may see them;
// with data-upload-url each file then goes up by itself, with the words of the form and its progress.
import { csrf } from "./page.js";

function line(zone, file) {
  const item = document.createElement("li");
  const name = document.createElement("span");
  name.textContent = file.name;
  const state = document.createElement("span");
  const bar = document.createElement("progress");
  bar.max = 100;
  bar.value = 0;
  bar.setAttribute("aria-label", file.name);
  item.append(name, state, bar);
  zone.querySelector("ul").append(item);
  return { item, state, bar };
}

function upload(zone, input, file) {
  const { item, state, bar } = line(zone, file);
  const request = new XMLHttpRequest();
  const data = new FormData(input.form);
  data.set(input.name, file);
  return new Promise((resolve) => {
    function end(sentence, failed) {
      bar.remove();
      state.textContent = sentence;
      item.classList.toggle("failed", failed);
      resolve(!failed);
    }
    request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) bar.value = (100 * event.loaded) / event.total; });
    request.addEventListener("load", () => {
      if (request.status < 300) return end(zone.dataset.done, false);
      const said = request.getResponseHeader("Content-Type")?.startsWith("text/plain") ? request.responseText : "";
      return end(said || zone.dataset.failed, true);
    });
    request.addEventListener("error", () => end(zone.dataset.lost, true));
    request.open("POST", zone.dataset.uploadUrl);
    request.setRequestHeader("X-CSRFToken", csrf());
    request.setRequestHeader("HX-Request", "true");
    request.send(data);
  });
}

function hold(input, files) {
  const all = new DataTransfer();
  for (const file of files) all.items.add(file);
  input.files = all.files;
}

async function send(zone, input, button) {
  const failed = [];
  const chosen = input.files.length;
  zone.querySelector("ul").replaceChildren();
  if (button) button.disabled = true;
  for (const file of [...input.files]) if (!(await upload(zone, input, file))) failed.push(file);
  if (button) button.disabled = false;
  hold(input, failed); // they are sent again with the next press
  // All kept: the panel begins anew. Some kept: they join it, and the form stays with why the others were not.
  if (failed.length < chosen) zone.dispatchEvent(new CustomEvent(failed.length ? "desk:kept" : "desk:uploaded", { bubbles: true }));
}

for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    const zone = event.target.closest?.("[data-dropzone]");
    if (!zone || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    zone.classList.toggle("over", name === "dragenter" || name === "dragover");
    if (name !== "drop") return;
    const input = zone.querySelector("input[type=file]");
    hold(input, [...input.files, ...event.dataTransfer.files]);
  });
}

document.addEventListener("submit", (event) => {
  const zone = event.target.querySelector("[data-dropzone][data-upload-url]");
  const input = zone?.querySelector("input[type=file]");
  if (!input?.files.length) return;
  event.preventDefault();
  send(zone, input, event.submitter);
});
