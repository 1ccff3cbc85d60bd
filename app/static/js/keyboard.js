// The keyboard: shortcuts, which are single keys while no field has the focus, and where the focus goes if its element
// disappears. Every user can switch shortcuts off: tremors and speech recognition press keys that were not meant.

const SLOT = "shortcuts";
const WITH_TEXT = ".message[data-role=assistant]:has([data-action=copy]:not([hidden]))";
const FIELDS = "input, textarea, select, [contenteditable]";
const COMPOSING = 229; // the key code in browsers that set isComposing too late

/** Returns whether an input method handles the key: what it composes is not written yet. */
export function isComposing({ isComposing, keyCode }) {
  return isComposing || keyCode === COMPOSING;
}

/** Calls hide(), which hides or removes the element, and moves a focus within it to fallback. */
export function hideAndMoveFocus(element, fallback, hide) {
  const hadFocus = element.contains(document.activeElement);
  hide();
  if (hadFocus) fallback.focus({ preventScroll: true });
}

/** dialog lists the shortcuts and has the switch; it is null if nobody is signed in. */
export function listenForShortcuts(dialog, storage) {
  if (!dialog) return;
  const actions = actionsOf(dialog);
  const isOn = dialog.querySelector("[data-shortcuts-on]");
  isOn.checked = storage.getItem(SLOT) !== "off";
  isOn.addEventListener("change", () => storage.setItem(SLOT, isOn.checked ? "on" : "off"));
  document.querySelector("[data-shortcuts-open]").addEventListener("click", () => dialog.showModal());
  dialog.addEventListener("keydown", closeAgain);
  document.addEventListener("keydown", (event) => {
    if (!isOn.checked || isForOther(event)) return;
    if (!actions[event.key]?.()) return;
    event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    if (search()) event.preventDefault();
  });
  if (location.hash === "#search") find("#search")?.focus();
}

/** Each action returns whether there was something to do. */
function actionsOf(dialog) {
  return {
    "?": () => apply(dialog, () => dialog.showModal()),
    n: () => apply(find("[data-shortcut=new]"), (form) => form.requestSubmit()),
    "/": search,
    c: () => focus("[data-composer-text]"),
    y: () => apply(lastAnswer(), (answer) => answer.querySelector("[data-action=copy]").click()),
  };
}

/** The key that opens the dialog closes it. (For a moment the closed dialog still has the focus.) */
function closeAgain(event) {
  if (event.key !== "?" || !event.currentTarget.open) return;
  event.stopPropagation(); // or it would be opened at once
  event.currentTarget.close();
}

function isForOther(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || isComposing(event) || event.repeat) return true;
  return event.target.closest(FIELDS) !== null || document.querySelector("dialog[open]") !== null;
}

/** On a narrow page the field is in a drawer; a page without the field has a link to it. */
function search() {
  const field = find("#search");
  if (field && !field.checkVisibility()) field.closest("[popover]")?.showPopover();
  return focus("#search") || apply(find("[data-shortcut=search]"), (link) => link.click());
}

function apply(element, action) {
  if (element) action(element);
  return Boolean(element);
}

function focus(selector) {
  return apply(find(selector), (element) => element.focus());
}

function find(selector) {
  return document.querySelector(selector);
}

function lastAnswer() {
  return Array.from(document.querySelectorAll(WITH_TEXT)).at(-1);
}
