// Menus are <details>, dialogs are <dialog>: this only closes the first where one expects it and opens the second.
const MENUS = "details[data-menu][open], details.drop-menu[open]";

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(MENUS)) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.opens);
    if (dialog?.showModal) {
      event.preventDefault();
      dialog.showModal();
    }
  }
  const picker = event.target.closest("[data-picks]");
  const tab = picker && document.getElementById(picker.dataset.picks);
  if (tab) {
    event.preventDefault();
    tab.click();
    document.querySelector(tab.dataset.focus)?.focus();
  }
  if (event.target.matches("dialog[open]")) {
    const box = event.target.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside) event.target.close();
  }
  const colour = event.target.closest("[data-colour]");
  if (colour) {
    const on = colour.closest(".veil").classList.toggle("in-colour");
    colour.setAttribute("aria-pressed", String(on));
  }
});

// A tab that says what it is about fills that in: data-sets="#channel=phone".
document.addEventListener("change", (event) => {
  const [place, value] = event.target.dataset?.sets?.split("=") ?? [];
  const field = place && document.querySelector(place);
  if (field) field.value = value;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = event.target.closest?.(MENUS);
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
    event.preventDefault();
  }
});

function reveal(root) {
  for (const element of root.querySelectorAll("[data-opens][hidden], [data-colour][hidden]")) element.hidden = false;
}
reveal(document);
document.addEventListener("htmx:afterSettle", () => reveal(document));

// A form that came back with errors starts at its summary.
document.querySelector(".errors[tabindex]")?.focus();
