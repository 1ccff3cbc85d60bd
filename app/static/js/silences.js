// Notices silence: the last thing that the server said may be what was lost.

const MESSAGE_MS = 10_000; // about a message that is believed to be streaming
const CONVERSATION_MS = 60_000;

export class Silences {
  #broken;
  #timers = new Map(); // message id → timer; null → the conversation's

  /** Calls broken() when a silence has lasted too long; heard() or restart() begin the next one. */
  constructor(broken) {
    this.#broken = broken;
  }

  /** Something was heard, perhaps about a message, which may be streaming still. */
  heard(id, isStreaming) {
    if (this.#timers.size === 0) return; // not joined
    this.#begin(null, CONVERSATION_MS);
    if (isStreaming) this.#begin(id, MESSAGE_MS);
    else this.#end(id);
  }

  /** The reader has joined, and believes that these messages are streaming. */
  restart(streaming) {
    this.stop();
    this.#begin(null, CONVERSATION_MS);
    for (const { id } of streaming) this.#begin(id, MESSAGE_MS);
  }

  /** The reader is not joined any more. */
  stop() {
    for (const id of [...this.#timers.keys()]) this.#end(id);
  }

  #begin(id, ms) {
    this.#end(id);
    this.#timers.set(id, setTimeout(() => this.#broken(), ms));
  }

  #end(id) {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
  }
}
