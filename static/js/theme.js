// Theme, density and shortcuts change at once and are remembered behind the scenes; the language needs a new page.
import { body, csrf } from "./page.js";

const form = document.querySelector("[data-theme-form]");
form?.addEventListener("submit", (event) => {
  const { name, value } = event.submitter ?? {};
  if (!["theme", "density", "shortcuts"].includes(name)) return;
  event.preventDefault();
  if (name === "shortcuts") {
    if (value === "off") body.dataset.shortcuts = "off";
    else delete body.dataset.shortcuts;
  } else if (value) {
    document.documentElement.dataset[name] = value;
  } else {
    delete document.documentElement.dataset[name];
  }
  for (const button of event.submitter.parentElement.children) button.setAttribute("aria-pressed", String(button === event.submitter));
  fetch(form.action, { method: "POST", headers: { "X-CSRFToken": csrf() }, body: new URLSearchParams({ [name]: value }), redirect: "manual", keepalive: true })
    .catch(() => form.submit());
});
