// Sends questions exactly once, however often the connection breaks: a question is stored until the server
// has acknowledged it, and its idempotency key makes a second attempt the same question.

import { ACK_TIMEOUT_MS } from "midstream-reader/timeouts";

const MAX_LENGTH = 32_000; // code points, as the server counts

/** Returns why the server would refuse a question, in a sentence; undefined if it would not. */
export function problemWith(content) {
  if (!content.trim()) return "Write something first.";
  const length = [...content].length;
  if (length > MAX_LENGTH) return `That is too long: ${count(length)} characters, ${count(MAX_LENGTH)} at most.`;
  if (content.includes("\0") || !content.isWellFormed()) return "That has characters in it that are no text.";
}

export class Outbox {
  #socket;
  #conversation;
  #storage;
  #slot;
  #settled;
  #pending; // of this page: another page of the same conversation may have its own
  #isSending = false;

  /**
   * storage is like localStorage; calls settled(question, error) with what became of a question.
   * storageOwner stands for the user in the storage's key: another user's questions are never sent.
   */
  constructor(socket, conversation, storage, settled, storageOwner = "") {
    [this.#socket, this.#conversation, this.#storage] = [socket, conversation, storage];
    this.#slot = `outbox:${storageOwner}:${conversation}`;
    this.#settled = settled;
    this.#pending = this.#stored;
    socket.on("connect", () => this.flush());
  }

  /** The question that waits for its acknowledgement: {key, content, edits?}, or null. */
  get pending() {
    return this.#pending;
  }

  /** Sends a question, now or when it is connected again; one at a time. edits: the question it replaces. */
  send(content, edits) {
    this.#pending = { key: newKey(), content, edits };
    this.#storage.setItem(this.#slot, JSON.stringify(this.#pending));
    this.flush();
  }

  /** Sends the pending question if it can. */
  flush() {
    const pending = this.#pending;
    if (!pending || this.#isSending || !this.#socket.connected) return;
    this.#isSending = true;
    const { edits: id, ...question } = pending;
    const [event, target] = id ? ["edit", { id }] : ["send", { conversation: this.#conversation }];
    this.#socket.timeout(ACK_TIMEOUT_MS).emit(event, { ...target, ...question }, (error, ack) => {
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

function count(number) {
  return number.toLocaleString("en-US");
}
