// The strip under a list while rows are selected; with Shift a whole stretch.
import { fill } from "./page.js";

let last = null;

function show(form) {
  const strip = form.querySelector("[data-bulk]");
  if (!strip) return;
  const count = form.querySelectorAll("[data-row] input[type=checkbox]:checked").length;
  strip.hidden = count === 0 && !strip.querySelector("[role=status]");
  const said = strip.querySelector("[data-count]");
  said.textContent = count === 1 ? strip.dataset.one : fill(strip.dataset.many, count);
  said.hidden = count === 0;
  for (const button of strip.querySelectorAll(".btn")) button.hidden = count === 0;
}

function showAll() {
  for (const strip of document.querySelectorAll("[data-bulk]")) if (strip.closest("form")) show(strip.closest("form"));
}

document.addEventListener("click", (event) => {
  const box = event.target.closest?.("[data-row] input[type=checkbox]");
  if (!box) return;
  const boxes = [...box.form.querySelectorAll("[data-row] input[type=checkbox]")];
  if (event.shiftKey && last && boxes.includes(last)) {
    const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
    for (const each of boxes.slice(from, to + 1)) each.checked = box.checked;
  }
  last = box;
  show(box.form);
});

document.addEventListener("reset", (event) => setTimeout(() => show(event.target)));
document.addEventListener("htmx:afterSettle", showAll);
showAll();
