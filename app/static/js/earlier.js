// Loads a long history upward, a page at a time, when the reader comes near its beginning. Without this
// there is a link to a page of its own.

import { handOn } from "./focus.js";
import { ACK_TIMEOUT_MS } from "./patience.js";
import { keepInPlace } from "./place.js";

const NEAR = "800px 0px 0px";
const SLICE_MS = 8; // of a frame for making messages

export class Earlier {
  #element;
  #messages;
  #socket;
  #log;
  #view;
  #loading = null;
  #observer;

  /** element holds the link; it's null where the page holds the whole conversation. */
  constructor(element, messages, socket, log, view) {
    [this.#element, this.#messages] = [element, messages];
    [this.#socket, this.#log, this.#view] = [socket, log, view];
    element?.addEventListener("click", (event) => this.#clicked(event));
  }

  /** Loads by itself from now on whenever the reader comes near. */
  watch() {
    if (!this.#element) return;
    const isNear = (entries) => entries.at(-1).isIntersecting && this.load();
    this.#observer = new IntersectionObserver(isNear, { rootMargin: NEAR });
    this.#observer.observe(this.#element);
    this.#socket.on("connect", () => this.#look());
  }

  /** Promises whether there was another page, which is on the page then. */
  load() {
    this.#loading ??= this.#load().finally(() => (this.#loading = null));
    return this.#loading;
  }

  async #load() {
    if (!this.#element || !this.#socket.connected) return false;
    const before = Number(this.#messages.firstElementChild?.dataset.position ?? 0);
    const wish = { conversation: this.#log.conversation, before };
    const ack = await this.#socket.timeout(ACK_TIMEOUT_MS).emitWithAck("history", wish).catch(() => null);
    if (!ack?.ok) return false;
    await this.#show(ack.messages);
    this.#point(ack);
    return true;
  }

  /** Puts messages on the page, the latest first, a few in each frame. */
  async #show(messages) {
    let began = performance.now();
    for (const message of this.#log.recall(messages).reverse()) {
      keepInPlace(this.#messages, () => this.#view.recalled(message));
      if (performance.now() - began < SLICE_MS) continue;
      await new Promise(requestAnimationFrame);
      began = performance.now();
    }
  }

  #point({ messages: [first], more }) {
    if (!more || !first) {
      const remove = () => this.#element.remove();
      keepInPlace(this.#messages, () => handOn(this.#element, this.#messages, remove));
      this.#observer?.disconnect();
      this.#element = null;
      return;
    }
    const link = this.#element.querySelector("a");
    link.search = `?before=${first.position}`;
    this.#look();
  }

  /** Has the observer say anew whether the reader is near. */
  #look() {
    if (!this.#element || !this.#observer) return;
    this.#observer.unobserve(this.#element);
    this.#observer.observe(this.#element);
  }

  #clicked(event) {
    if (!event.target.closest("a") || !this.#socket.connected) return;
    event.preventDefault();
    this.load();
  }
}
