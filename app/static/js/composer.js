// The form to write in: Enter sends, Shift+Enter breaks the line, and nothing typed is lost.

import { Draft } from "./draft.js";
import { Outbox } from "./outbox.js";
import { problemWith } from "./question.js";

const WAITING = "There is no connection. Your message will be sent when it is back.";
const IN_COMPOSITION = 229; // the key code of browsers that tell of the key too late

export class Composer {
  #form;
  #socket;
  #draft;
  #outbox;
  #edits; // the question that is being edited
  #before = ""; // what was being written before that

  /** reader names who writes; storage is like localStorage. */
  constructor(form, socket, conversation, reader, storage) {
    [this.#form, this.#socket] = [form, socket];
    this.#draft = new Draft(storage, reader, conversation);
    const settled = (...what) => this.#settled(...what);
    this.#outbox = new Outbox(socket, conversation, storage, settled, reader);
    this.#restore();
    this.#listen();
    this.#showPending();
  }

  /** Nothing is written. */
  get isEmpty() {
    return this.#text.value === "";
  }

  /** Puts a question in to be asked in other words. */
  edit(id, content) {
    if (this.#outbox.pending) return;
    if (!this.#edits) this.#before = this.#text.value;
    this.#write(content, id);
    this.#text.focus();
  }

  /** Leaves an edit; returns whether there was one. */
  cancel() {
    if (!this.#edits || this.#outbox.pending) return false;
    this.#write(this.#before);
    this.#text.focus();
    return true;
  }

  #restore() {
    const { content, edits } = this.#outbox.pending ?? this.#draft.get();
    const { edits: offered } = this.#form.dataset; // the page was loaded to edit a question
    this.#before = this.#draft.get().before ?? "";
    if (offered) this.#edits = offered;
    else if (content || edits) this.#write(content, edits);
    this.#showEdit();
  }

  #listen() {
    this.#form.addEventListener("submit", (event) => this.#submit(event));
    this.#part("cancel").addEventListener("click", (event) => this.#cancelled(event));
    this.#text.addEventListener("keydown", (event) => this.#press(event));
    this.#text.addEventListener("input", () => this.#typed());
    this.#socket.on("connect", () => this.#showPending());
    this.#socket.on("disconnect", () => this.#showPending());
  }

  #press(event) {
    if (event.key !== "Enter" || event.shiftKey) return;
    if (event.isComposing || event.keyCode === IN_COMPOSITION) return;
    event.preventDefault();
    this.#form.requestSubmit();
  }

  #submit(event) {
    event.preventDefault();
    if (this.#outbox.pending) return;
    const problem = problemWith(this.#text.value);
    if (problem) return this.#say(problem);
    this.#outbox.send(this.#text.value, this.#edits);
    this.#showPending();
  }

  #cancelled(event) {
    event.preventDefault();
    this.cancel();
  }

  #typed() {
    this.#say();
    this.#keep();
  }

  #settled({ content, edits }, error) {
    if (error) this.#write(content, error.error === "conflict" || error.error === "not_found" ? null : edits);
    else this.#write(edits ? this.#before : "");
    this.#showPending();
    this.#say(error?.message);
  }

  #write(content, edits = null) {
    this.#text.value = content;
    this.#edits = edits ?? undefined;
    if (!edits) this.#before = "";
    this.#keep();
    this.#showEdit();
    this.#grow();
  }

  #keep() {
    const [edits, before] = [this.#edits, this.#before];
    this.#draft.set({ content: this.#text.value, edits, before });
    this.#grow();
  }

  // Where CSS alone makes the field as high as its text, this is not needed.
  #grow() {
    if (CSS.supports("field-sizing: content")) return;
    this.#text.style.blockSize = "auto";
    this.#text.style.blockSize = `${this.#text.scrollHeight}px`;
  }

  #showEdit() {
    this.#part("editing").hidden = !this.#edits;
  }

  #showPending() {
    const isPending = this.#outbox.pending !== null;
    this.#text.readOnly = isPending;
    this.#part("send").disabled = isPending;
    this.#say(isPending && !this.#socket.connected ? WAITING : "");
  }

  #say(sentence = "") {
    this.#part("note").textContent = sentence;
    this.#part("note").hidden = !sentence;
  }

  #part(name) {
    return this.#form.querySelector(`[data-composer-${name}]`);
  }

  get #text() {
    return this.#part("text");
  }
}
