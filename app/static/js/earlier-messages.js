// Earlier messages: loaded a page at a time, when the reader comes near the beginning. Without scripts there is a link
// to a page of its own, which comes to life here, too.

import { ACK_TIMEOUT_MS } from "midstream-reader/timeouts";

import { Alerts } from "./alerts.js";
import { completeBlocks, listenForCode } from "./blocks.js";
import { fetchMarkdown, listenForCopies } from "./clipboard.js";
import { PageSocket } from "./connection.js";
import { hideAndMoveFocus } from "./keyboard.js";
import { listenForMathematics } from "./mathematics.js";
import { keepInPlace } from "./scrolling.js";

const NEAR = "800px 0px 0px";
const SLICE_MS = 8; // of a frame for rendering messages

export class HistoryLoader {
  #element;
  #messages;
  #socket;
  #log;
  #view;
  #loading = null;
  #observer;

  /** element holds the link; it is null if the page holds the whole conversation. */
  constructor(element, messages, socket, log, view) {
    [this.#element, this.#messages] = [element, messages];
    [this.#socket, this.#log, this.#view] = [socket, log, view];
    element?.addEventListener("click", (event) => this.#clicked(event));
  }

  /** From now on loads a page whenever the reader comes near the beginning. */
  watch() {
    if (!this.#element) return;
    const isNear = (entries) => entries.at(-1).isIntersecting && this.load();
    this.#observer = new IntersectionObserver(isNear, { rootMargin: NEAR });
    this.#observer.observe(this.#element);
    this.#socket.on("connect", () => this.#observeAgain());
  }

  /** Loads a page; promises whether there was one. */
  load() {
    this.#loading ??= this.#load().finally(() => (this.#loading = null));
    return this.#loading;
  }

  async #load() {
    if (!this.#element || !this.#socket.connected) return false;
    const before = Number(this.#messages.querySelector(".message")?.dataset.position ?? 0);
    const request = { conversation: this.#log.conversation, before };
    const ack = await this.#socket.timeout(ACK_TIMEOUT_MS).emitWithAck("history", request).catch(() => null);
    if (!ack?.ok) return false;
    await this.#show(ack.messages);
    this.#continueBefore(ack);
    return true;
  }

  /** Renders messages, the latest first, a few in each frame. */
  async #show(messages) {
    let began = performance.now();
    for (const message of this.#log.addEarlier(messages).reverse()) {
      keepInPlace(this.#messages, () => this.#view.addEarlier(message));
      if (performance.now() - began < SLICE_MS) continue;
      await new Promise(requestAnimationFrame);
      began = performance.now();
    }
  }

  #continueBefore({ messages: [first], more }) {
    if (!more || !first) return this.#finish();
    const link = this.#element.querySelector("a");
    link.search = `?before=${first.position}`;
    this.#observeAgain();
  }

  #finish() {
    const remove = () => this.#element.remove();
    keepInPlace(this.#messages, () => hideAndMoveFocus(this.#element, this.#messages, remove));
    this.#observer?.disconnect();
    this.#element = null;
  }

  /** Makes the observer report again whether the reader is near. */
  #observeAgain() {
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

/** A page of earlier messages, which no longer change. */
export class EarlierPage {
  #socket;
  #closing = new AbortController();

  constructor(main, socket, { status }) {
    this.#socket = new PageSocket(socket);
    const log = { conversation: main.dataset.conversation, messages: new Map() };
    const alerts = new Alerts(main.querySelector("[data-complaint]"), this.#closing.signal);
    completeBlocks(main.querySelectorAll(".message-content > *"));
    listenForCopies(main, (article) => fetchMarkdown(article, log, this.#socket), status, alerts);
    listenForCode(main);
    listenForMathematics(main);
    this.#socket.connect();
  }

  save() {}

  resume() {}

  /** Another page takes its place. */
  close() {
    this.#closing.abort();
    this.#socket.close();
  }
}
