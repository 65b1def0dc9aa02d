// Everything the page does by itself. Without it each deed is still a form or a link; nothing below may be the only way.
import "./clocks.js";
import "./menus.js";
import "./toasts.js";
import "./theme.js";
import "./shortcuts.js";
import "./rows.js";
import "./rail.js";
import "./bulk.js";
import "./live.js";
import "./palette.js";
import "./suggest.js";
import "./drafts.js";
import "./dropzone.js";
