// The part of the page's one socket that belongs to a conversation: closed when another is opened. It is used
// like a socket of its own, which a JoinLoop, a Composer and others connect, listen to and send with.

export class PageSocket {
  #socket;
  #listeners = [];
  #isOpen = false;
  #isClosed = false;

  constructor(socket) {
    this.#socket = socket;
  }

  get connected() {
    return this.#isOpen && this.#socket.connected;
  }

  on(event, listener) {
    this.#listeners.push([event, listener]);
    this.#socket.on(event, listener);
    return this;
  }

  once(event, listener) {
    this.#listeners.push([event, listener]);
    this.#socket.once(event, listener);
    return this;
  }

  /** Opens it. To its listeners it looks as if the socket had just been connected. */
  connect() {
    this.#isOpen = true;
    if (!this.#socket.connected) return;
    for (const [event, listener] of [...this.#listeners]) if (event === "connect") listener();
  }

  /** Nothing is sent or received after it was closed, no acknowledgement either. */
  close() {
    [this.#isOpen, this.#isClosed] = [false, true];
    for (const [event, listener] of this.#listeners) this.#socket.off(event, listener);
  }

  timeout(ms) {
    const emit = (event, payload, acknowledged) => {
      if (this.#isClosed) return;
      const acknowledge = (...result) => this.#isClosed || acknowledged(...result);
      this.#socket.timeout(ms).emit(event, payload, acknowledge);
    };
    const emitWithAck = (event, payload) =>
      new Promise((resolve, reject) => {
        emit(event, payload, (error, ack) => (error ? reject(error) : resolve(ack)));
      });
    return { emit, emitWithAck };
  }
}
