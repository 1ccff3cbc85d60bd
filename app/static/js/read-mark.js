// Tells the server how far the reader has read: up to the last message that has ended and was in sight, while the
// page was seen.

import { ACK_TIMEOUT_MS } from "midstream-reader/timeouts";

const DELAY_MS = 500; // several messages are read at once

export class ReadMark {
  #log;
  #socket;
  #messages;
  #read;
  #seen = 0; // the position of the last message that was in sight
  #inSight = new Set(); // positions
  #observer = new IntersectionObserver((entries) => this.#moved(entries));
  #timer = null;

  /** messages: the element that has them; read: the position up to which the server knows. */
  constructor(log, socket, messages, read) {
    [this.#log, this.#socket, this.#messages, this.#read] = [log, socket, messages, read];
    for (const event of ["connect", "message", "streaming_end"]) socket.on(event, () => this.update());
    socket.on("listed", (data) => this.#listed(data));
    this.#observe();
  }

  /** The position up to which the reader has read, here or elsewhere. */
  get read() {
    return this.#read;
  }

  /** Tells the server soon, if there is anything new. */
  update() {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#observe();
      this.#send();
    }, DELAY_MS);
  }

  /** Another page takes this one's place. */
  close() {
    clearTimeout(this.#timer);
    this.#observer.disconnect();
  }

  #observe() {
    for (const article of this.#messages.querySelectorAll(".message")) this.#observer.observe(article);
  }

  #moved(entries) {
    for (const { target, isIntersecting } of entries) {
      const position = Number(target.dataset.position);
      if (isIntersecting) this.#inSight.add(position);
      else this.#inSight.delete(position);
    }
    this.#note();
    if (this.#position > this.#read) this.update();
  }

  #note() {
    if (!document.hidden) this.#seen = Math.max(this.#seen, ...this.#inSight);
  }

  /** The reader has read it in another tab, or on another device. */
  #listed({ conversation, read }) {
    if (conversation === this.#log.conversation) this.#read = Math.max(this.#read, read);
  }

  #send() {
    this.#note();
    const position = this.#position;
    if (document.hidden || !this.#socket.connected || position <= this.#read) return;
    const request = { conversation: this.#log.conversation, position };
    this.#socket.timeout(ACK_TIMEOUT_MS).emit("read", request, (error, ack) => {
      if (!error && ack.ok) this.#read = Math.max(this.#read, position);
    });
  }

  /** An answer that streams is not read yet. */
  get #position() {
    return Math.min(this.#seen, ...this.#log.streaming.map(({ position }) => (position ?? Infinity) - 1));
  }
}
