// Keeps fragments fresh. An element with data-live="10" gets the event "desk:poll" every ten seconds while the page is
// looked at (hx-trigger="desk:poll"; a filter in hx-trigger would need eval). A list of rows (data-live-rows) is merged with
// care: a row under the cursor, in focus or selected is not replaced, nothing moves, and what is new waits behind a button.
import { body, fill, nodes } from "./page.js";

const live = document.getElementById("live");
const banner = document.getElementById("offline");
let fresh = Date.now();
let lostAt = null;
let waiting = null;
let stood = "";

function polled() {
  return document.querySelectorAll("[data-live]");
}

function busy(element) {
  return element.matches(":hover, :focus-within") || element.querySelector(":checked") !== null;
}

function poll() {
  if (document.hidden) return;
  const now = Date.now();
  for (const element of polled()) {
    const due = Number(element.dataset.live) * 1000;
    element.dataset.polledAt ??= String(now);
    if (now - Number(element.dataset.polledAt) < due) continue;
    if (!element.matches("[data-live-rows]") && (element.matches(":focus-within") || element.querySelector("details[open]"))) continue;
    element.dataset.polledAt = String(now);
    element.dispatchEvent(new CustomEvent("desk:poll", { bubbles: false }));
  }
  say();
}

function say() {
  if (!live || !polled().length) return;
  live.hidden = false;
  live.querySelector(".dot").classList.toggle("off", lostAt !== null);
  const seconds = Math.max(0, Math.round((Date.now() - fresh) / 1000));
  const [, , minute, second] = (body.dataset.units ?? "d h m s").split(" ");
  const age = seconds < 60 ? `${seconds} ${second}` : `${Math.trunc(seconds / 60)} ${minute}`;
  live.querySelector("[data-live-text]").textContent = lostAt
    ? fill(live.dataset.offlineSaid, lostAt.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hour12: false }))
    : fill(live.dataset.liveSaid, age);
}

function found() {
  fresh = Date.now();
  lostAt = null;
  if (banner) banner.hidden = true;
  say();
}

function lost() {
  lostAt ??= new Date();
  if (banner) banner.hidden = false;
  say();
}

function merge(list, incoming) {
  const rows = new Map([...incoming.querySelectorAll("[data-row]")].map((row) => [row.id, row]));
  for (const row of list.querySelectorAll("[data-row]")) {
    const next = rows.get(row.id);
    rows.delete(row.id);
    row.classList.toggle("gone", !next);
    if (!next || next.innerHTML === row.innerHTML) continue;
    if (busy(row)) {
      row.querySelector(".clk")?.replaceWith(next.querySelector(".clk"));
    } else {
      next.toggleAttribute("aria-current", false);
      if (row.hasAttribute("aria-current")) next.setAttribute("aria-current", "true");
      row.replaceWith(next);
      window.htmx?.process(next);
    }
  }
  return rows.size;
}

function offer(list, count) {
  const button = document.querySelector("[data-fresh]");
  if (!button) return;
  button.hidden = count === 0;
  button.textContent = count === 1 ? button.dataset.one : fill(button.dataset.many, count);
}

document.addEventListener("htmx:beforeSwap", (event) => {
  const list = event.detail.target;
  if (!list?.matches?.("[data-live-rows]") || event.detail.xhr.status !== 200 || event.detail.requestConfig?.triggeringEvent?.type !== "desk:poll") return;
  const undisturbed = !busy(list) && list.scrollTop === 0;
  if (undisturbed) {
    waiting = null;
    stood = list.querySelector("[data-row][aria-current]")?.id ?? "";
    offer(list, 0);
    return;
  }
  event.detail.shouldSwap = false;
  waiting = event.detail.serverResponse;
  offer(list, merge(list, nodes(waiting)));
});

document.addEventListener("click", (event) => {
  if (!event.target.closest?.("[data-fresh]") || waiting === null) return;
  const list = document.querySelector("[data-live-rows]");
  const incoming = nodes(waiting).querySelector("[data-live-rows]");
  if (list && incoming) {
    list.replaceChildren(...incoming.childNodes);
    window.htmx?.process(list);
    list.scrollTop = 0;
  }
  waiting = null;
  offer(list, 0);
});

// The row one stood on stays the one, whichever the server thinks is first.
document.addEventListener("htmx:afterSettle", () => {
  const row = stood && document.getElementById(stood);
  stood = "";
  if (!row) return;
  row.closest("[data-live-rows]")?.querySelector("[data-row][aria-current]")?.removeAttribute("aria-current");
  row.setAttribute("aria-current", "true");
});

// An answer that was under way when the connection went says nothing about the connection.
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful && navigator.onLine) found();
});
document.addEventListener("htmx:sendError", lost);
document.addEventListener("htmx:timeout", lost);
window.addEventListener("offline", lost);
window.addEventListener("online", () => { for (const element of polled()) element.dataset.polledAt = "0"; found(); poll(); });
document.addEventListener("visibilitychange", poll);

if (!navigator.onLine) lost();
if (polled().length || banner) setInterval(poll, 1000);
