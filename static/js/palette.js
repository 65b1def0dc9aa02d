// Ctrl-K or Cmd-K: every action and page by name. What is on the page comes from the page, the rest from the server.
import { folded, plain } from "./page.js";
import { press, wordsOf } from "./shortcuts.js";

const dialog = document.getElementById("palette");
const input = dialog?.querySelector("input");
const list = dialog?.querySelector("[role=listbox]");
const nothing = dialog?.querySelector(".empty");
const REST = 120;
let timer;
let asked = 0;
let items = [];

function local() {
  const seen = new Set();
  const found = [];
  for (const element of document.querySelectorAll("[data-palette]")) {
    const label = wordsOf(element);
    if (seen.has(label)) continue;
    seen.add(label);
    const refused = element.getAttribute("aria-disabled") === "true";
    const reason = refused ? document.getElementById(element.getAttribute("aria-describedby"))?.textContent.trim() : "";
    found.push({ label, key: element.dataset.key, note: reason, refused, run: () => press(element) });
  }
  return found;
}

function words() {
  return folded(input.value).split(/\s+/).filter(Boolean);
}

function matches(label, typed) {
  const text = folded(label);
  return typed.every((word) => text.includes(word));
}

function draw(found) {
  items = found;
  list.replaceChildren(...found.map((item, index) => {
    const row = document.createElement("li");
    row.id = `palette-${index}`;
    row.setAttribute("role", "option");
    if (item.refused) row.setAttribute("aria-disabled", "true");
    row.append(item.label);
    if (item.note || item.group) {
      const note = document.createElement("small");
      note.textContent = item.note || item.group;
      row.append(note);
    }
    if (item.key) {
      const cap = document.createElement("kbd");
      cap.textContent = item.key;
      row.append(cap);
    }
    return row;
  }));
  nothing.hidden = found.length > 0;
  list.hidden = found.length === 0;
  mark(found.findIndex(isMeant));
}

/** Whether Enter may go there unseen: the words stand in its name, or the server found it by more than likeness. */
function isMeant(item) {
  return Boolean(!item.group || item.sure || matches(item.label, words()));
}

/** Stands on a row; on none where index is -1. */
function mark(index) {
  const rows = [...list.children];
  rows.forEach((row, at) => row.setAttribute("aria-selected", String(at === index)));
  input.setAttribute("aria-activedescendant", rows[index]?.id ?? "");
  rows[index]?.scrollIntoView({ block: "nearest" });
}

function current() {
  return [...list.children].findIndex((row) => row.getAttribute("aria-selected") === "true");
}

async function ask(query) {
  if (!dialog.dataset.url) return;
  const turn = ++asked;
  try {
    const answer = await fetch(`${dialog.dataset.url}?${new URLSearchParams({ q: query })}`, { headers: { Accept: "application/json" } });
    if (!answer.ok || turn !== asked) return;
    const known = new Set(items.map((item) => item.label));
    const more = (await answer.json()).items.filter((item) => !known.has(item.label));
    if (turn === asked && more.length) {
      const at = current();
      draw([...items, ...more.map((item) => ({ ...item, run: () => { location.href = item.url; } }))]);
      if (at >= 0) mark(at);
    }
  } catch {
    // Without a connection the page's own actions are what there is.
  }
}

function search() {
  const typed = words();
  draw(local().filter((item) => matches(item.label, typed)).slice(0, 40));
  // An answer that is still on its way belongs to other letters.
  asked += 1;
  clearTimeout(timer);
  timer = setTimeout(() => ask(input.value.trim()), REST);
}

function run(index) {
  const item = items[index];
  if (!item || item.refused) return;
  dialog.close();
  item.run();
}

document.addEventListener("keydown", (event) => {
  if (dialog && event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
    event.preventDefault();
    if (dialog.open) dialog.close();
    else {
      input.value = "";
      dialog.showModal();
      search();
    }
  }
});

input?.addEventListener("input", search);
input?.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && items.length) {
    event.preventDefault();
    mark((Math.max(current(), step < 0 ? 0 : -1) + step + items.length) % items.length);
  } else if (event.key === "Enter" && !event.isComposing && (plain(event) || event.ctrlKey)) {
    event.preventDefault();
    run(current());
  }
});
list?.addEventListener("click", (event) => {
  const row = event.target.closest("[role=option]");
  if (row) run([...list.children].indexOf(row));
});
