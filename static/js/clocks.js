// Counts the clock chips down in place. The server's clock counts, not the laptop's; a chip that passes its due
// time looks breached at once, and the next poll brings what the server made of it.
import { body } from "./page.js";

const [DAY, HOUR, MINUTE, SECOND] = (body.dataset.units ?? "d h m s").split(" ");
const ahead = Number(body.dataset.now ?? 0) * 1000 - Date.now();
const NEAR = 90;

/** The same words as tsdesk.screen.format.duration. */
export function duration(seconds) {
  const whole = Math.trunc(Math.abs(seconds));
  const days = Math.trunc(whole / 86400);
  const hours = Math.trunc((whole % 86400) / 3600);
  const minutes = Math.trunc((whole % 3600) / 60);
  let text;
  if (days >= 10 || (days && !hours)) text = `${days}${DAY}`;
  else if (days) text = `${days}${DAY} ${hours}${HOUR}`;
  else if (hours) text = minutes && hours < 10 ? `${hours}${HOUR} ${String(minutes).padStart(2, "0")}${MINUTE}` : `${hours}${HOUR}`;
  else if (minutes) text = `${minutes}${MINUTE}`;
  else text = `${whole}${SECOND}`;
  return seconds < 0 && whole ? `\u2212${text}` : text;
}

function breach(chip) {
  chip.classList.remove("running", "warning");
  chip.classList.add("breached");
  const sign = chip.querySelector("svg");
  sign.classList.add("glyph");
  const stroke = document.createElementNS("http://www.w3.org/2000/svg", "path");
  stroke.setAttribute("d", "M7 2.2v5.6M7 11v.4");
  sign.replaceChildren(stroke);
  chip.querySelector(".sr").textContent = `${body.dataset.late ?? ""} `;
}

function tick() {
  const now = (Date.now() + ahead) / 1000;
  let nearest = Infinity;
  for (const chip of document.querySelectorAll(".clock[data-due]")) {
    const left = Number(chip.dataset.due) - now;
    nearest = Math.min(nearest, Math.abs(left));
    if (left < 0 && !chip.classList.contains("breached")) breach(chip);
    const place = chip.querySelector("b > span:last-child");
    const text = duration(left);
    if (place.textContent !== text) place.textContent = text;
  }
  timer = setTimeout(tick, nearest < NEAR ? 1000 : 15000);
}

let timer;
function wake() {
  clearTimeout(timer);
  if (!document.hidden) tick();
}

document.addEventListener("visibilitychange", wake);
document.addEventListener("htmx:afterSettle", wake);
wake();
