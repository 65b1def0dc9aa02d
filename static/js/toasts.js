// Toasts of success go by themselves; those that say something is wrong, or that can be undone, stay until answered.
const STAY = 10000;
const tray = document.getElementById("toasts");

function settle(toast) {
  const dismiss = toast.querySelector("[data-dismiss]");
  if (!dismiss || !dismiss.hidden) return;
  dismiss.hidden = false;
  if (toast.querySelector("form") || toast.matches(".bad, .warn")) return;
  let timer = setTimeout(() => toast.remove(), STAY);
  const hold = () => clearTimeout(timer);
  const release = () => { hold(); timer = setTimeout(() => toast.remove(), STAY / 2); };
  toast.addEventListener("pointerenter", hold);
  toast.addEventListener("focusin", hold);
  toast.addEventListener("pointerleave", release);
  toast.addEventListener("focusout", release);
}

/** Show a sentence; tone is "", good, warn or bad. */
export function toast(sentence, tone = "") {
  if (!tray) return;
  const item = document.createElement("div");
  item.className = `toast ${tone}`.trim();
  const text = document.createElement("p");
  text.textContent = sentence;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn quiet";
  close.dataset.dismiss = "";
  close.hidden = true;
  close.textContent = tray.dataset.dismissSaid;
  item.append(text, close);
  tray.append(item);
}

if (tray) {
  tray.addEventListener("click", (event) => event.target.closest("[data-dismiss]")?.closest(".toast").remove());
  for (const item of tray.children) settle(item);
  new MutationObserver(() => { for (const item of tray.querySelectorAll(".toast")) settle(item); }).observe(tray, { childList: true, subtree: true });
}
