// What the form to write in shows: the text, which grows with what is written, and a line about it.

export class ComposerForm {
  #form;

  constructor(form) {
    this.#form = form;
  }

  /** Calls handlers[event] for what happens: submit, cancel, keydown and input, with the event. */
  listen({ submit, cancel, keydown, input }) {
    this.#form.addEventListener("submit", submit);
    this.#part("cancel").addEventListener("click", cancel);
    this.field.addEventListener("keydown", keydown);
    this.field.addEventListener("input", input);
  }

  /** The question that the page was loaded to edit, if it was. */
  get offered() {
    return this.#form.dataset.edits;
  }

  get field() {
    return this.#part("text");
  }

  get text() {
    return this.field.value;
  }

  set text(text) {
    this.field.value = text;
    this.grow();
  }

  /** Where CSS alone makes the field as high as its text, this is not needed. */
  grow() {
    if (CSS.supports("field-sizing: content")) return;
    this.field.style.blockSize = "auto";
    this.field.style.blockSize = `${this.field.scrollHeight}px`;
  }

  send() {
    this.#form.requestSubmit();
  }

  /** Can it be written in, or does it wait for something to be sent? */
  showPending(isPending) {
    this.field.readOnly = isPending;
    if (isPending && document.activeElement === this.#part("send")) this.field.focus();
    this.#part("send").disabled = isPending;
  }

  showEdit(isEdit) {
    this.#part("editing").hidden = !isEdit;
  }

  say(sentence = "") {
    this.#part("note").textContent = sentence;
    this.#part("note").hidden = !sentence;
  }

  #part(name) {
    return this.#form.querySelector(`[data-composer-${name}]`);
  }
}
