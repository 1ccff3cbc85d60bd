// The form to write in: its text, which grows with what is written, a line about it, and the button that stops the
// answer.

import { Addressee, ModelChoice } from "./addressee.js";
import { MentionMenu } from "./mention-menu.js";
import { PLACEHOLDER } from "./message-list.js";

const ASK = "Ask a question";
const WRITE = "Write to everybody";

export class ComposerForm {
  #form;
  #models;
  #addressee;
  #isClosed = false;
  #cursor; // where it was when the field lost the focus

  /** conversation: what the page says of it, as an Addressee takes it, and its model. */
  constructor(form, { model, ...conversation }) {
    this.#form = form;
    this.#models = new ModelChoice(form.querySelector("[data-models]"));
    this.#addressee = new Addressee(this.#part("to"), conversation, () => this.model ?? model);
    const [list, status, button] = ["mentions", "suggestions", "mention"].map((name) => this.#part(name));
    new MentionMenu(this.field, { list, status, button }, () => this.#addressee.names);
    form.addEventListener("change", () => this.changed());
    this.field.addEventListener("blur", () => (this.#cursor = this.field.selectionEnd));
  }

  /** Calls these handlers with the event. */
  listen({ submit, cancel, keydown, input }) {
    this.#form.addEventListener("submit", submit);
    this.#part("cancel").addEventListener("click", cancel);
    this.field.addEventListener("keydown", keydown);
    this.field.addEventListener("input", input);
  }

  /** The id of the question that the page was loaded to edit, if any. */
  get edits() {
    return this.#form.dataset.edits;
  }

  /** The id of the message that the page was loaded to quote, if any. */
  get quotes() {
    return this.#part("quotes").value || undefined;
  }

  /** To whom it is written. */
  get addressee() {
    return this.#addressee;
  }

  /** The model for the question; undefined if there is one. */
  get model() {
    return this.#models.value;
  }

  get field() {
    return this.#part("text");
  }

  get text() {
    return this.field.value;
  }

  set text(text) {
    this.field.value = text;
    this.#cursor = undefined;
    this.changed();
  }

  /** Puts whole lines where the cursor is, and the cursor after them. */
  insert(lines) {
    const { value } = this.field;
    const end = this.#cursor ?? value.length;
    const isMiddle = end > 0 && value[end - 1] !== "\n";
    this.field.focus();
    this.field.setRangeText(`${isMiddle ? "\n" : ""}${lines}`, end, end, "end");
  }

  /** The text has changed. */
  changed() {
    this.grow();
    this.#addressee.update(this.text);
    if (!this.#isClosed) this.field.placeholder = this.#addressee.isEverybody ? WRITE : ASK;
  }

  /** The conversation has these people, by name, and messages ask as it says. */
  described(conversation) {
    this.#addressee.described(conversation);
    this.changed();
  }

  /** Makes the field as high as its text in browsers in which CSS can't. */
  grow() {
    if (CSS.supports("field-sizing: content")) return;
    this.field.style.blockSize = "auto";
    this.field.style.blockSize = `${this.field.scrollHeight}px`;
  }

  submit() {
    this.#form.requestSubmit();
  }

  /** Locks the form while a question waits to be sent. */
  showPending(isPending) {
    this.field.readOnly = isPending;
    if (isPending && document.activeElement === this.#part("send")) this.field.focus();
    this.#part("send").disabled = isPending;
  }

  /** Makes the form read-only, with a sentence that says why. */
  close(sentence) {
    this.#isClosed = this.field.readOnly = true;
    this.field.placeholder = sentence;
    if (this.#form.contains(document.activeElement)) this.field.focus();
    this.#part("send").disabled = true;
    this.showEditing(false);
    this.showNote(sentence);
  }

  showEditing(isEditing) {
    this.#part("editing").hidden = !isEditing;
  }

  showNote(sentence = "") {
    this.#part("note").textContent = sentence;
    this.#part("note").hidden = !sentence;
  }

  #part(name) {
    return this.#form.querySelector(`[data-composer-${name}]`);
  }
}

/** Stops the answer. It is where Send is as long as nothing is written, which composer.css decides, and nowhere near
    Retry. */
export class StopButton {
  #button;
  #send;
  #action;

  /** The page may have been loaded during an answer. */
  constructor(form) {
    this.#button = form.querySelector("[data-action=stop]");
    this.#send = form.querySelector("[data-composer-send]");
    this.#action = this.#button.getAttribute("formaction").replace(this.#id || PLACEHOLDER, PLACEHOLDER);
  }

  /** Offers to stop the answer with this id, or nothing; Send has the focus next if Stop had it. */
  streaming(id = "") {
    if (id === this.#id) return;
    const hadFocus = document.activeElement === this.#button;
    this.#button.dataset.message = id;
    this.#button.hidden = !id;
    this.#button.setAttribute("formaction", this.#action.replace(PLACEHOLDER, id));
    if (hadFocus && !id) this.#send.focus();
  }

  get #id() {
    return this.#button.dataset.message;
  }
}
