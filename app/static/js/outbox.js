// Sends questions so that each arrives exactly once, however often the line breaks: a question is
// stored until the server has acknowledged it, and its key makes a second try the same question.

const ACK_TIMEOUT_MS = 10_000;

export class Outbox {
  #socket;
  #conversation;
  #storage;
  #settled;
  #isSending = false;

  /** storage is like localStorage; settled(content, error) is told what became of a question. */
  constructor(socket, conversation, storage, settled) {
    [this.#socket, this.#conversation, this.#storage] = [socket, conversation, storage];
    this.#settled = settled;
    socket.on("connect", () => this.flush());
  }

  /** The question that waits for its acknowledgement: {key, content}, or null. */
  get pending() {
    return JSON.parse(this.#storage.getItem(this.#slot) ?? "null");
  }

  /** Sends a question, now or when the line is back. One at a time. */
  send(content) {
    this.#storage.setItem(this.#slot, JSON.stringify({ key: newKey(), content }));
    this.flush();
  }

  /** Tries to send what waits. */
  flush() {
    const pending = this.pending;
    if (!pending || this.#isSending || !this.#socket.connected) return;
    this.#isSending = true;
    const question = { conversation: this.#conversation, ...pending };
    this.#socket.timeout(ACK_TIMEOUT_MS).emit("send", question, (error, ack) => {
      this.#isSending = false;
      if (error) this.flush();
      else this.#acknowledged(pending, ack);
    });
  }

  #acknowledged({ content }, ack) {
    this.#storage.removeItem(this.#slot);
    this.#settled(content, ack.ok ? null : ack);
  }

  get #slot() {
    return `outbox:${this.#conversation}`;
  }
}

function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
