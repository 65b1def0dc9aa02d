// j and k walk a list, x selects, Enter opens (the focus is on the link). The row one stands on fills the peek panel.
import { plain, typing, visible } from "./page.js";
import { shortcutsOn } from "./shortcuts.js";

const REST = 150;
let timer;

function rowsOf(list) {
  return [...list.querySelectorAll("[data-row]")].filter(visible);
}

function stand(list, row) {
  list.querySelector("[data-row][aria-current]")?.removeAttribute("aria-current");
  row.setAttribute("aria-current", "true");
  row.querySelector("a")?.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
  peek(row);
}

function peek(row) {
  const panel = document.getElementById("peek");
  if (!row.dataset.peek || !panel || !visible(panel)) return;
  clearTimeout(timer);
  timer = setTimeout(() => window.htmx?.ajax("GET", row.dataset.peek, { target: "#peek", swap: "innerHTML" }), REST);
}

document.addEventListener("keydown", (event) => {
  if (!["j", "k", "x", "Enter"].includes(event.key) || !shortcutsOn() || event.defaultPrevented || !plain(event)) return;
  if (typing(event.target) || document.querySelector("dialog[open]")) return;
  const list = document.querySelector("[data-list]");
  if (!list) return;
  const rows = rowsOf(list);
  const at = rows.findIndex((row) => row.hasAttribute("aria-current"));
  if (event.key === "x") {
    const box = rows[at]?.querySelector("input[type=checkbox]");
    if (box) { box.click(); event.preventDefault(); }
  } else if (event.key === "Enter") {
    if (rows[at] && !event.target.closest("a, button, summary, input")) rows[at].querySelector("a")?.click();
  } else {
    const next = rows[Math.min(Math.max(at + (event.key === "j" ? 1 : -1), 0), rows.length - 1)];
    if (next) { stand(list, next); event.preventDefault(); }
  }
});

// A click on a row's free space peeks; a click on its link opens.
document.addEventListener("click", (event) => {
  const row = event.target.closest("[data-row]");
  const list = row?.closest("[data-list]");
  if (!list || event.target.closest("a, button, input, label, summary")) return;
  if (row.dataset.peek && visible(document.getElementById("peek") ?? row)) stand(list, row);
});
