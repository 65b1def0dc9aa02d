// Single keys. Each belongs to a button, link or field that is on the page and says so: data-key="t", data-key="g q".
import { body, plain, typing, visible } from "./page.js";

const PAUSE = 1000;
let held = "";
let timer;

export function shortcutsOn() {
  return body.dataset.shortcuts !== "off";
}

/** Who has the key: what is in sight goes first, then what lies in a closed menu. */
function owner(key) {
  const all = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)];
  return all.find((element) => visible(element) || element.matches("input[type=radio]")) ?? all.find((element) => closedAround(element).length);
}

function closedAround(element) {
  const closed = [];
  for (let menu = element.parentElement?.closest("details"); menu; menu = menu.parentElement?.closest("details")) {
    if (!menu.open && !(element.matches("summary") && element.parentElement === menu)) closed.push(menu);
  }
  return closed;
}

/** What a key or the palette does with what it names. */
export function press(element) {
  for (const menu of closedAround(element)) menu.open = true;
  const focus = element.dataset.focus && document.querySelector(element.dataset.focus);
  if (element.getAttribute("aria-disabled") === "true") {
    element.focus();
  } else if (element.matches("summary")) {
    element.click();
    element.parentElement.querySelector(".menu :is(input:not([type=hidden]), select, textarea, button, a)")?.focus();
  } else if (focus) {
    element.click();
    focus.focus();
  } else if (typing(element)) {
    element.focus();
    element.select?.();
  } else {
    element.click();
  }
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && typing(event.target) && !event.defaultPrevented && !document.querySelector("dialog[open]")) {
    event.target.blur();
    return;
  }
  if (!shortcutsOn() || event.defaultPrevented || event.repeat || !plain(event) || typing(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === "?") {
    event.preventDefault();
    openHelp();
    return;
  }
  clearTimeout(timer);
  const key = held ? `${held} ${event.key}` : event.key;
  held = "";
  const element = owner(key);
  if (element) {
    event.preventDefault();
    press(element);
  } else if (document.querySelector(`[data-key^="${CSS.escape(event.key)} "]`)) {
    held = event.key;
    timer = setTimeout(() => { held = ""; }, PAUSE);
  }
});

/** The list of keys is made from the page, so it never promises what is not there. */
function openHelp() {
  const dialog = document.getElementById("keys");
  if (!dialog) return;
  dialog.querySelector("[data-keys-list]").hidden = !document.querySelector("[data-list]");
  const list = dialog.querySelector("[data-keys=actions]");
  const seen = new Set();
  list.replaceChildren();
  for (const element of document.querySelectorAll("[data-key]")) {
    const key = element.dataset.key;
    if (key === "/" || seen.has(key)) continue;
    seen.add(key);
    const term = document.createElement("dt");
    for (const part of key.split(" ")) {
      const cap = document.createElement("kbd");
      cap.textContent = part;
      term.append(cap);
    }
    const meaning = document.createElement("dd");
    meaning.textContent = wordsOf(element);
    list.append(term, meaning);
  }
  list.closest("section").hidden = !seen.size;
  dialog.showModal();
}

export function wordsOf(element) {
  if (element.dataset.palette) return element.dataset.palette;
  if (element.getAttribute("aria-label")) return element.getAttribute("aria-label");
  if (element.labels?.length) return element.labels[0].textContent.trim();
  const copy = element.cloneNode(true);
  copy.querySelectorAll("kbd, .n, svg").forEach((part) => part.remove());
  return copy.textContent.trim();
}
