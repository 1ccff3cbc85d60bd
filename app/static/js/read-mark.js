// Tells the server how far the reader has read: up to the last message that has ended, while the page is seen.

import { ACK_TIMEOUT_MS } from "midstream-reader/timeouts";

const DELAY_MS = 500; // several messages are read at once

export class ReadMark {
  #log;
  #socket;
  #read;
  #timer = null;

  /** read: the position up to which the server knows. */
  constructor(log, socket, read) {
    [this.#log, this.#socket, this.#read] = [log, socket, read];
    for (const event of ["connect", "message", "streaming_end"]) socket.on(event, () => this.update());
  }

  /** Tells the server soon, if there is anything new. */
  update() {
    if (this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#send();
    }, DELAY_MS);
  }

  #send() {
    const position = this.#position;
    if (document.hidden || !this.#socket.connected || position <= this.#read) return;
    const request = { conversation: this.#log.conversation, position };
    this.#socket.timeout(ACK_TIMEOUT_MS).emit("read", request, (error, ack) => {
      if (!error && ack.ok) this.#read = Math.max(this.#read, position);
    });
  }

  get #position() {
    const messages = [...this.#log.messages.values()].filter(({ position }) => position !== undefined);
    const streaming = messages.filter(({ status }) => status === "streaming");
    if (streaming.length > 0) return Math.min(...streaming.map(({ position }) => position)) - 1;
    return Math.max(0, ...messages.map(({ position }) => position));
  }
}
