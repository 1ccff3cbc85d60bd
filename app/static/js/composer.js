// The form to write in: Enter sends, Shift+Enter breaks the line, and nothing typed is lost.

import { Outbox } from "./outbox.js";

const BLANK = "Write something first.";
const WAITING = "There is no connection. Your message will be sent when it is back.";

export class Composer {
  #form;
  #socket;
  #storage;
  #draft;
  #outbox;

  constructor(form, socket, conversation, storage) {
    [this.#form, this.#socket, this.#storage] = [form, socket, storage];
    this.#draft = `draft:${conversation}`;
    this.#outbox = new Outbox(socket, conversation, storage, (...what) => this.#settled(...what));
    this.#text.value ||= this.#outbox.pending?.content ?? storage.getItem(this.#draft) ?? "";
    this.#listen();
    this.#showPending();
  }

  #listen() {
    this.#form.addEventListener("submit", (event) => this.#submit(event));
    this.#text.addEventListener("keydown", (event) => this.#press(event));
    this.#text.addEventListener("input", () => this.#storage.setItem(this.#draft, this.#text.value));
    this.#socket.on("connect", () => this.#showPending());
    this.#socket.on("disconnect", () => this.#showPending());
  }

  #press(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#form.requestSubmit();
  }

  #submit(event) {
    event.preventDefault();
    if (this.#outbox.pending) return;
    if (!this.#text.value.trim()) return this.#say(BLANK);
    this.#outbox.send(this.#text.value);
    this.#showPending();
  }

  #settled(content, error) {
    this.#text.value = error ? content : "";
    if (!error) this.#storage.removeItem(this.#draft);
    this.#showPending();
    this.#say(error?.message);
  }

  #showPending() {
    const isPending = this.#outbox.pending !== null;
    this.#text.readOnly = isPending;
    this.#form.querySelector("[data-composer-send]").disabled = isPending;
    this.#say(isPending && !this.#socket.connected ? WAITING : "");
  }

  #say(sentence = "") {
    const note = this.#form.querySelector("[data-composer-note]");
    note.textContent = sentence;
    note.hidden = !sentence;
  }

  get #text() {
    return this.#form.querySelector("[data-composer-text]");
  }
}
