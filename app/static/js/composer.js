// Writing: Enter sends, Shift+Enter breaks the line, and nothing typed is lost.

import { ComposerForm } from "./composer-form.js";
import { isComposed } from "./composition.js";
import { Draft } from "./draft.js";
import { Outbox } from "./outbox.js";
import { problemWith } from "./question.js";

const WAITING = "There is no connection. Your message will be sent when it is back.";
const ON_SCREEN = matchMedia("(hover: none) and (pointer: coarse)"); // keys without Shift+Enter
const TOO_LATE = new Set(["conflict", "not_found"]); // to edit; it can still be asked

export class Composer {
  #form;
  #socket;
  #draft;
  #outbox;
  #edits; // the question that is being edited
  #before = ""; // what was being written before that

  /** reader names who writes; storage is like localStorage, tab like sessionStorage. */
  constructor(form, socket, conversation, reader, storage, tab) {
    [this.#form, this.#socket] = [new ComposerForm(form), socket];
    this.#draft = new Draft(storage, tab, reader, conversation);
    const settled = (...what) => this.#settled(...what);
    this.#outbox = new Outbox(socket, conversation, storage, settled, reader);
    this.#restore();
    this.#listen();
    this.#showPending();
  }

  /** Nothing is written. */
  get isEmpty() {
    return this.#form.text === "";
  }

  /** Asks a question, unless something else is being written; returns whether it does. */
  ask(content) {
    if (!this.isEmpty || this.#outbox.pending) return false;
    this.#take({ content });
    this.#form.send();
    return true;
  }

  /** Puts a question in to be asked in other words. */
  edit(id, content) {
    if (this.#outbox.pending) return;
    this.#take({ content, edits: id, before: this.#edits ? this.#before : this.#form.text });
    this.#form.field.focus();
  }

  /** Leaves an edit; returns whether there was one. */
  cancel() {
    if (!this.#edits || this.#outbox.pending) return false;
    this.#take({ content: this.#before });
    this.#form.field.focus();
    return true;
  }

  #restore() {
    const typed = this.#form.text; // while this was on its way
    const { pending } = this.#outbox;
    const draft = this.#draft.get();
    if (this.#form.offered) this.#take({ content: typed, edits: this.#form.offered });
    else if (pending) this.#take({ ...pending, before: (draft.before ?? "") + typed });
    else this.#take({ ...draft, content: draft.content + typed });
  }

  #listen() {
    this.#form.listen({
      submit: (event) => this.#submit(event),
      cancel: (event) => this.#cancelled(event),
      keydown: (event) => this.#press(event),
      input: () => this.#typed(),
    });
    this.#socket.on("connect", () => this.#showPending());
    this.#socket.on("disconnect", () => this.#showPending());
  }

  #press(event) {
    if (event.key !== "Enter" || event.shiftKey || ON_SCREEN.matches) return;
    if (isComposed(event)) return;
    event.preventDefault();
    this.#form.send();
  }

  #submit(event) {
    event.preventDefault();
    if (this.#outbox.pending) return;
    const problem = problemWith(this.#form.text);
    if (problem) return this.#form.say(problem);
    this.#outbox.send(this.#form.text, this.#edits);
    this.#showPending();
  }

  #cancelled(event) {
    event.preventDefault();
    this.cancel();
  }

  #typed() {
    this.#form.say();
    this.#form.grow();
    this.#keep();
  }

  #settled(question, error) {
    this.#take(this.#remaining(question, error));
    this.#showPending();
    this.#form.say(error?.message);
  }

  #remaining({ content, edits }, error) {
    const before = this.#before;
    if (!error) return { content: before };
    if (!TOO_LATE.has(error.error)) return { content, edits, before };
    return { content: [content, before].filter(Boolean).join("\n\n") };
  }

  #take({ content, edits, before = "" }) {
    [this.#edits, this.#before] = [edits, before];
    this.#form.text = content;
    this.#form.showEdit(edits);
    this.#keep();
  }

  #keep() {
    this.#draft.set({ content: this.#form.text, edits: this.#edits, before: this.#before });
  }

  #showPending() {
    const isPending = this.#outbox.pending !== null;
    this.#form.showPending(isPending);
    this.#form.say(isPending && !this.#socket.connected ? WAITING : "");
  }
}
