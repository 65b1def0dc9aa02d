// What the other files share. Words come from the server, in data attributes: there is no catalogue on this side.

export const body = document.body;

/** Whether keys belong to what the reader is writing. */
export function typing(target) {
  return target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=button], [type=submit], [type=reset], [type=file])");
}

/** Whether a key is meant for us: Alt and AltGr write @ and # on Spanish and Portuguese keyboards. */
export function plain(event) {
  return !(event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.getModifierState("AltGraph"));
}

export function visible(element) {
  return element.checkVisibility ? element.checkVisibility({ visibilityProperty: true }) : element.offsetParent !== null;
}

export function fill(sentence, value) {
  return (sentence ?? "").replace("%s", value);
}

export function csrf() {
  try {
    return JSON.parse(body.getAttribute("hx-headers"))["X-CSRFToken"];
  } catch {
    return "";
  }
}

export function timeNow() {
  return new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
}

/** Markup from our own server as nodes; nothing in it runs. */
export function nodes(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

/** Lower case without accents, for finding. */
export function folded(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
