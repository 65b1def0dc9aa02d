// A combobox over options that the server draws. data-suggest-mode="word" completes the word one is in (the search
// language); otherwise the option fills the field, and the field named by data-suggest-into gets its id.
import { nodes } from "./page.js";

const REST = 120;

function wordAt(input) {
  const start = input.value.slice(0, input.selectionStart).search(/\S+$/);
  return start < 0 ? { start: input.selectionStart, word: "" } : { start, word: input.value.slice(start, input.selectionStart) };
}

function attach(input) {
  const list = document.getElementById(input.getAttribute("aria-controls"));
  if (!list || input.dataset.suggestReady) return;
  input.dataset.suggestReady = "yes";
  const byWord = input.dataset.suggestMode === "word";
  const into = input.dataset.suggestInto && document.querySelector(input.dataset.suggestInto);
  let timer;
  let turn = 0;

  const options = () => [...list.querySelectorAll("[role=option]")];
  const at = () => options().findIndex((option) => option.getAttribute("aria-selected") === "true");

  function close() {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function mark(index) {
    options().forEach((option, place) => option.setAttribute("aria-selected", String(place === index)));
    const option = options()[index];
    if (option) {
      input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else {
      input.removeAttribute("aria-activedescendant");
    }
  }

  async function ask() {
    const query = byWord ? wordAt(input).word : input.value.trim();
    if (!query) return close();
    const mine = ++turn;
    const address = new URL(input.dataset.suggest, location.href);
    address.searchParams.set("q", query);
    try {
      const answer = await fetch(address, { headers: { "HX-Request": "true" } });
      if (!answer.ok || mine !== turn || document.activeElement !== input) return;
      list.replaceChildren(nodes(await answer.text()));
      options().forEach((option, place) => { option.id ||= `${list.id}-${place}`; option.setAttribute("aria-selected", "false"); });
      list.hidden = options().length === 0;
      input.setAttribute("aria-expanded", String(!list.hidden));
    } catch {
      close();
    }
  }

  function choose(option) {
    if (option.dataset.href) {
      location.href = option.dataset.href;
      return;
    }
    const value = option.dataset.value ?? option.textContent.trim();
    if (byWord) {
      const { start, word } = wordAt(input);
      const rest = input.value.slice(start + word.length);
      const text = value.endsWith(":") || rest.startsWith(" ") ? value : `${value} `;
      input.value = input.value.slice(0, start) + text + rest;
      input.setSelectionRange(start + text.length, start + text.length);
    } else {
      input.value = value;
      if (into) into.value = option.dataset.id ?? "";
      input.dispatchEvent(new Event("change", { bubbles: true }));
      into?.dispatchEvent(new Event("change", { bubbles: true }));
    }
    close();
    input.focus();
  }

  input.addEventListener("input", () => {
    if (into) into.value = "";
    clearTimeout(timer);
    timer = setTimeout(ask, REST);
  });
  input.addEventListener("keydown", (event) => {
    if (list.hidden) {
      if (event.key === "ArrowDown") ask();
      return;
    }
    const count = options().length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      mark((at() + step + count + (at() < 0 && step < 0 ? 1 : 0)) % count);
    } else if (event.key === "Enter" && at() >= 0) {
      event.preventDefault();
      choose(options()[at()]);
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  });
  input.addEventListener("blur", () => setTimeout(close, 100));
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) choose(option);
  });
}

function attachAll() {
  document.querySelectorAll("[data-suggest]").forEach(attach);
}
attachAll();
document.addEventListener("htmx:afterSettle", attachAll);
