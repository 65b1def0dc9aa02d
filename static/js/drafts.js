// Nothing typed is lost. A form with data-draft="KEY" is kept in this browser within a second and at data-draft-url every two
// seconds of change; a new page offers what was kept. A text goes back only into the field it was typed in, so a note stays a note:
// forms give each kind of text a field of its own name.
import { body, csrf, fill, timeNow } from "./page.js";

const PREFIX = `draft:${body.dataset.reader ?? ""}:`;
const WEEK = 7 * 24 * 3600 * 1000;
const LOCAL_REST = 300;
const SERVER_REST = 2000;

const wasLeft = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
const counts = new WeakMap();
let renewed = false;

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

function write(key, draft) {
  try {
    localStorage.setItem(key, JSON.stringify(draft));
    return true;
  } catch {
    return false;
  }
}

function storing() {
  const probe = `${PREFIX}probe`;
  const kept = write(probe, { at: 0 });
  if (kept) localStorage.removeItem(probe);
  return kept;
}

function fieldsOf(form) {
  return [...form.elements].filter((field) => field.name && !["hidden", "password", "file", "submit", "button", "reset", "fieldset"].includes(field.type));
}

function valuesOf(form) {
  const values = {};
  for (const field of fieldsOf(form)) {
    if (field.type === "radio") {
      if (field.checked) values[field.name] = field.value;
    } else if (field.type === "checkbox") {
      values[`${field.name}=${field.value}`] = field.checked;
    } else {
      values[field.name] = field.value;
    }
  }
  return values;
}

/** Puts back what differs; a field the server has already filled with something newer keeps it. */
function restore(form, values) {
  let changed = false;
  for (const field of fieldsOf(form)) {
    const kept = field.type === "checkbox" ? values[`${field.name}=${field.value}`] : values[field.name];
    if (kept === undefined) continue;
    if (field.type === "radio") field.checked = field.value === kept;
    else if (field.type === "checkbox") field.checked = kept;
    else if (field.value !== kept) {
      field.value = kept;
      changed ||= kept.trim() !== "";
    }
  }
  return changed;
}

/**
 * A form that was sent is done with only if the server answered by a redirect to a page without errors. A lost connection, an error
 * page or the sign-in page (the session had ended) are not that: then the draft stays.
 */
function settleSent() {
  const entry = performance.getEntriesByType("navigation")[0];
  const arrived = entry?.type === "navigate" && entry.redirectCount > 0 && !body.hasAttribute("data-entrance") && !document.querySelector("[data-errors]");
  for (const key of Object.keys(localStorage).filter((each) => each.startsWith("draft:"))) {
    const draft = read(key);
    if (!draft || Date.now() - draft.at > WEEK || (draft.sent && arrived && key.startsWith(PREFIX))) localStorage.removeItem(key);
    else if (draft.sent) write(key, { ...draft, sent: false });
  }
}

function keep(form) {
  if (form.dataset.draftReady) return;
  form.dataset.draftReady = "yes";
  const key = PREFIX + form.dataset.draft;
  const states = form.querySelectorAll("[data-draft-state]");
  const words = states[0]?.dataset ?? {};
  const start = JSON.stringify(valuesOf(form));
  let localTimer;
  let serverTimer;
  let sending = false;
  let again = false;

  function say(text, unsaved = false) {
    for (const state of states) {
      state.textContent = text;
      state.classList.toggle("unsaved", unsaved);
    }
  }

  function forget() {
    clearTimeout(localTimer);
    clearTimeout(serverTimer);
    localStorage.removeItem(key);
  }

  function saveHere() {
    const values = valuesOf(form);
    if (write(key, { at: Date.now(), values })) {
      if (!form.dataset.draftUrl || !navigator.onLine) say(fill(words.local, timeNow()));
    } else {
      say(words.unsaved, true);
    }
  }

  async function saveThere() {
    if (!form.dataset.draftUrl) return;
    if (sending) { again = true; return; }
    sending = true;
    const data = new FormData();
    for (const [name, value] of Object.entries(valuesOf(form))) data.append(name, value);
    data.append("key", form.dataset.draft);
    try {
      const answer = await fetch(form.dataset.draftUrl, { method: "POST", headers: { "X-CSRFToken": csrf() }, body: data, keepalive: true, redirect: "manual" });
      say(fill(answer.ok ? words.saved : words.local, timeNow()), !answer.ok);
    } catch {
      say(fill(words.local, timeNow()), true);
    }
    sending = false;
    if (again) { again = false; serverTimer = setTimeout(saveThere, SERVER_REST); }
  }

  form.addEventListener("input", () => {
    clearTimeout(localTimer);
    localTimer = setTimeout(saveHere, LOCAL_REST);
    if (!serverTimer) serverTimer = setTimeout(() => { serverTimer = undefined; saveThere(); }, SERVER_REST);
  });
  window.addEventListener("pagehide", () => { if (!renewed && JSON.stringify(valuesOf(form)) !== start && read(key)?.sent !== true) saveHere(); });
  window.addEventListener("online", () => { if (read(key)) saveThere(); });
  form.addEventListener("submit", () => {
    clearTimeout(localTimer);
    clearTimeout(serverTimer);
    write(key, { at: Date.now(), values: valuesOf(form), sent: true });
  });
  form.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt !== form) return;
    if (event.detail.successful && !/data-errors/.test(event.detail.xhr.responseText)) forget();
  });

  const draft = read(key);
  if (draft && draft.at > Number(form.dataset.draftAt ?? 0) * 1000 && restore(form, draft.values)) {
    const time = new Date(draft.at).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hour12: false });
    say(`${fill(words.restored, time)} `);
    const discard = document.createElement("button");
    discard.type = "button";
    discard.className = "link";
    discard.textContent = words.discard ?? "";
    discard.addEventListener("click", () => {
      const values = valuesOf(form);
      forget();
      form.reset();
      say("");
      const undo = document.createElement("button");
      undo.type = "button";
      undo.className = "link";
      undo.textContent = words.undo ?? "";
      undo.addEventListener("click", () => { restore(form, values); saveHere(); });
      states[0]?.append(undo);
      undo.focus();
    });
    states[0]?.append(discard);
  }
}

function changed(form) {
  return fieldsOf(form).some((field) => {
    if (field.type === "radio" || field.type === "checkbox") return field.checked !== field.defaultChecked;
    if (field.options) return [...field.options].some((option) => option.selected !== option.defaultSelected) && field.selectedIndex > 0;
    return field.value !== field.defaultValue;
  });
}

/**
 * "Back" after a form was sent: the browser puts its text back as it puts back any other, and sending it again would do the deed
 * twice. What was not sent has a draft, so text without one is done with: the page is asked for anew.
 */
function leaveSent(event) {
  if (!(wasLeft || event.persisted) || !storing()) return;
  const sent = [...document.querySelectorAll("form[data-draft]")].some((form) => !read(PREFIX + form.dataset.draft) && changed(form));
  if (!sent) return;
  renewed = true; // nothing of it is kept on leaving
  location.replace(location.pathname + location.search);
}

/** How much room is left in a field that holds so many characters and no more; what is too much is said and never cut. */
function count(field) {
  const most = Number(field.dataset.most);
  const length = field.value.length < most * 0.9 ? 0 : [...field.value].length;
  let line = counts.get(field);
  if (!line && !length) return;
  if (!line) {
    line = document.createElement("p");
    line.className = "count";
    line.setAttribute("role", "status");
    field.after(line);
    counts.set(field, line);
  }
  const over = length > most;
  const number = Math.abs(most - length).toLocaleString(document.documentElement.lang);
  line.hidden = !length;
  line.classList.toggle("over", over);
  line.textContent = length ? fill(over ? field.dataset.over : field.dataset.left, number) : "";
  field.setCustomValidity(over ? line.textContent : "");
}

settleSent();
document.querySelectorAll("form[data-draft]").forEach(keep);
document.addEventListener("htmx:afterSettle", () => document.querySelectorAll("form[data-draft]").forEach(keep));
document.addEventListener("input", (event) => { if (event.target.dataset?.most) count(event.target); });
document.addEventListener("submit", (event) => {
  const key = event.target.dataset.forgets && PREFIX + event.target.dataset.forgets;
  const draft = key && read(key);
  if (draft) write(key, { ...draft, sent: true });
});
window.addEventListener("pageshow", (event) => {
  leaveSent(event);
  for (const field of document.querySelectorAll("[data-most]")) count(field);
});
