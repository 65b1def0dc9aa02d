// Files dropped on a form. With data-upload-url each goes up by itself, with progress; otherwise they join the file field
// and travel with the form.
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
  const data = new FormData();
  data.append(input.name, file);
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

async function take(zone, files) {
  const input = zone.querySelector("input[type=file]");
  if (!zone.dataset.uploadUrl) {
    const all = new DataTransfer();
    for (const file of [...input.files, ...files]) all.items.add(file);
    input.files = all.files;
    return;
  }
  let any = false;
  for (const file of files) any = (await upload(zone, input, file)) || any;
  input.value = "";
  if (any) zone.dispatchEvent(new CustomEvent("desk:uploaded", { bubbles: true }));
}

for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    const zone = event.target.closest?.("[data-dropzone]");
    if (!zone || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    zone.classList.toggle("over", name === "dragenter" || name === "dragover");
    if (name === "drop") take(zone, [...event.dataTransfer.files]);
  });
}

document.addEventListener("change", (event) => {
  const zone = event.target.closest?.("[data-dropzone][data-upload-url]");
  if (zone && event.target.type === "file") take(zone, [...event.target.files]);
});
