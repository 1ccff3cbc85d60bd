// What one key does, where nobody is writing. Anyone may switch it off: some people's fingers, and what
// listens to some people's voices, press keys that were not meant.

import { isComposed } from "./composition.js";

const SLOT = "shortcuts";
const WITH_TEXT = ".message[data-role=assistant]:has([data-action=copy]:not([hidden]))";
const FIELDS = "input, textarea, select, [contenteditable]";

/** dialog says what there is, and has the switch; it is null where nobody is signed in. */
export function listenForShortcuts(dialog, storage) {
  if (!dialog) return;
  const actions = actionsOf(dialog);
  const isOn = dialog.querySelector("[data-shortcuts-on]");
  isOn.checked = storage.getItem(SLOT) !== "off";
  isOn.addEventListener("change", () => storage.setItem(SLOT, isOn.checked ? "on" : "off"));
  document.querySelector("[data-shortcuts-open]").addEventListener("click", () => dialog.showModal());
  dialog.addEventListener("keydown", closeAgain);
  document.addEventListener("keydown", (event) => {
    if (!isOn.checked || isMeantOtherwise(event)) return;
    if (!actions[event.key]?.()) return;
    event.preventDefault();
  });
  if (location.hash === "#search") find("#search")?.focus();
}

/** Each does its work and returns whether there was any. */
function actionsOf(dialog) {
  return {
    "?": () => did(dialog, () => dialog.showModal()),
    n: () => did(find("[data-shortcut=new]"), (form) => form.requestSubmit()),
    "/": () => focus("#search") || did(find("[data-shortcut=search]"), (link) => link.click()),
    c: () => focus("[data-composer-text]"),
    y: () => did(lastAnswer(), (answer) => answer.querySelector("[data-action=copy]").click()),
  };
}

/** The key that opens the dialog closes it. (For a moment, what was closed still has the focus.) */
function closeAgain(event) {
  if (event.key !== "?" || !event.currentTarget.open) return;
  event.stopPropagation(); // or it would be opened at once
  event.currentTarget.close();
}

function isMeantOtherwise(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || isComposed(event) || event.repeat) return true;
  return event.target.closest(FIELDS) !== null || document.querySelector("dialog[open]") !== null;
}

function did(element, action) {
  if (element) action(element);
  return Boolean(element);
}

function focus(selector) {
  return did(find(selector), (element) => element.focus());
}

function find(selector) {
  return document.querySelector(selector);
}

function lastAnswer() {
  return Array.from(document.querySelectorAll(WITH_TEXT)).at(-1);
}
