// The menu of names after an @ in the field: a list of suggestions, by keyboard, pointer or touch.

import { isComposing } from "./keyboard.js";

const TYPED = /(?<![\p{L}\p{M}\p{N}_.+/@-])@([^\n@]{0,60})$/u; // up to where one writes
const MOST = 50;

export class MentionMenu {
  #field;
  #list;
  #status;
  #names;
  #selected = 0;

  /** list, status and button belong to the field; names() returns [{name, isModel}]. */
  constructor(field, { list, status, button }, names) {
    [this.#field, this.#list, this.#status, this.#names] = [field, list, status, names];
    field.addEventListener("input", () => this.#update());
    field.addEventListener("click", () => this.#update());
    field.addEventListener("blur", () => this.#close());
    field.addEventListener("keydown", (event) => this.#press(event), { capture: true }); // before Enter sends
    list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
    list.addEventListener("click", ({ target }) => this.#picked(target.closest("[role=option]")));
    button.addEventListener("click", () => this.#begin());
  }

  /** Writes an @, before which there is a blank. */
  #begin() {
    const { selectionStart: at, selectionEnd: end, value } = this.#field;
    const isApart = at === 0 || /\s/.test(value[at - 1]);
    this.#field.focus();
    this.#insert(isApart ? "@" : " @", at, end);
  }

  #update() {
    const typed = this.#typed;
    const names = typed === null || this.#field.readOnly ? [] : matching(this.#names(), typed);
    if (names.length === 0 || (names.length === 1 && isSame(names[0].name, typed.trimEnd()))) return this.#close();
    this.#list.replaceChildren(...names.slice(0, MOST).map(option));
    this.#list.hidden = false;
    this.#status.textContent = names.length === 1 ? "1 suggestion" : `${names.length} suggestions`;
    this.#select(0);
  }

  /** What is written after the @ before the caret; null where there is none. */
  get #typed() {
    const { selectionStart: at, selectionEnd: end, value } = this.#field;
    return at === end ? (TYPED.exec(value.slice(0, at))?.[1] ?? null) : null;
  }

  #press(event) {
    if (this.#list.hidden || isComposing(event)) return;
    const act = {
      ArrowDown: () => this.#select(this.#selected + 1),
      ArrowUp: () => this.#select(this.#selected - 1),
      Enter: () => this.#picked(this.#options[this.#selected]),
      Tab: () => this.#picked(this.#options[this.#selected]),
      Escape: () => this.#close(),
    }[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    event.preventDefault();
    event.stopImmediatePropagation(); // Enter would send, Escape would stop the answer
    act();
  }

  #select(index) {
    const options = this.#options;
    this.#selected = (index + options.length) % options.length;
    for (const [at, each] of options.entries()) each.ariaSelected = String(at === this.#selected);
    options[this.#selected].scrollIntoView({ block: "nearest" });
    this.#field.setAttribute("aria-activedescendant", options[this.#selected].id);
  }

  #picked(chosen) {
    if (!chosen) return;
    const at = this.#field.selectionStart;
    this.#insert(`@${chosen.dataset.name} `, at - this.#typed.length - 1, at);
    this.#close();
  }

  #insert(text, from, to) {
    this.#field.setRangeText(text, from, to, "end");
    this.#field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }

  #close() {
    this.#list.hidden = true;
    this.#status.textContent = "";
    this.#field.removeAttribute("aria-activedescendant");
  }

  get #options() {
    return Array.from(this.#list.children);
  }
}

/** Names of which a word begins with what is typed; those that begin with it come first. */
function matching(names, typed) {
  const begins = (text) => text.toLowerCase().startsWith(typed.toLowerCase());
  const first = names.filter(({ name }) => begins(name));
  const words = names.filter(({ name }) => !begins(name) && name.split(/[-./: ]/).some(begins));
  return [...first, ...words];
}

function isSame(name, typed) {
  return name.toLowerCase() === typed.toLowerCase();
}

function option({ name, isModel }, index) {
  const element = document.createElement("li");
  element.id = `mention-${index}`;
  element.role = "option";
  element.className = "mentions-option";
  element.dataset.name = name;
  const [called, kind] = [document.createElement("bdi"), document.createElement("span")];
  called.textContent = name;
  kind.className = "mentions-kind";
  kind.textContent = isModel ? "model" : "person";
  element.append(called, kind);
  return element;
}
