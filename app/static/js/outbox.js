// Sends questions so that each arrives exactly once, however often the connection breaks: a question is
// stored until the server has acknowledged it, and its key makes a second try the same question.

import { ACK_TIMEOUT_MS } from "./patience.js";

export class Outbox {
  #socket;
  #conversation;
  #storage;
  #slot;
  #settled;
  #pending; // of this page: another one of the same conversation may wait for its own
  #isSending = false;

  /** storage is like localStorage; settled(question, error) is told what became of a question;
      reader names whose questions these are: another person's are never sent. */
  constructor(socket, conversation, storage, settled, reader = "") {
    [this.#socket, this.#conversation, this.#storage] = [socket, conversation, storage];
    this.#slot = `outbox:${reader}:${conversation}`;
    this.#settled = settled;
    this.#pending = this.#stored;
    socket.on("connect", () => this.flush());
  }

  /** The question that waits for its acknowledgement: {key, content, edits?}, or null. */
  get pending() {
    return this.#pending;
  }

  /** Sends a question, now or when the connection is back. One at a time. edits: which one it replaces. */
  send(content, edits) {
    this.#pending = { key: newKey(), content, edits };
    this.#storage.setItem(this.#slot, JSON.stringify(this.#pending));
    this.flush();
  }

  /** Tries to send what waits. */
  flush() {
    const pending = this.#pending;
    if (!pending || this.#isSending || !this.#socket.connected) return;
    this.#isSending = true;
    const { edits: id, ...question } = pending;
    const [event, where] = id ? ["edit", { id }] : ["send", { conversation: this.#conversation }];
    this.#socket.timeout(ACK_TIMEOUT_MS).emit(event, { ...where, ...question }, (error, ack) => {
      this.#isSending = false;
      if (error) this.flush();
      else this.#acknowledged(pending, ack);
    });
  }

  get #stored() {
    return JSON.parse(this.#storage.getItem(this.#slot) ?? "null");
  }

  #acknowledged(question, ack) {
    this.#pending = null;
    if (this.#stored?.key === question.key) this.#storage.removeItem(this.#slot);
    this.#settled(question, ack.ok ? null : ack);
  }
}

function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
