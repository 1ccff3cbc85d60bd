// Notices inactivity: if nothing arrives for too long, the last event may have been lost.
//
// Events are frequent while an answer streams, and inactivity is rare. So an event only moves a deadline;
// the one timer checks the deadlines when the first of them may have passed.

const MESSAGE_MS = 10_000; // for a message that is streaming
const CONVERSATION_MS = 60_000;
const CONVERSATION = null; // its key among the ids of messages

export class InactivityTimer {
  #expired;
  #isJoined = false;
  #deadlines = new Map(); // message id or CONVERSATION → time
  #timer;
  #wakesAt = Infinity;

  /** Calls expired() after a timeout; received() and restart() start the next one. */
  constructor(expired) {
    this.#expired = expired;
  }

  /** Records an event, perhaps of a message, which may still be streaming. */
  received(id, isStreaming) {
    if (!this.#isJoined) return;
    const now = performance.now();
    this.#setDeadline(CONVERSATION, now + CONVERSATION_MS);
    if (isStreaming) this.#setDeadline(id, now + MESSAGE_MS);
    else this.#deadlines.delete(id);
  }

  /** Restarts all timeouts: the reader has joined, and these messages are streaming. */
  restart(streaming) {
    this.stop();
    this.#isJoined = true;
    const now = performance.now();
    this.#setDeadline(CONVERSATION, now + CONVERSATION_MS);
    for (const { id } of streaming) this.#setDeadline(id, now + MESSAGE_MS);
  }

  /** Stops all timeouts: the reader is no longer joined. */
  stop() {
    this.#isJoined = false;
    this.#deadlines.clear();
    this.#wakeAt(Infinity);
  }

  #setDeadline(id, deadline) {
    this.#deadlines.set(id, deadline);
    if (deadline < this.#wakesAt) this.#wakeAt(deadline);
  }

  #wakeAt(time) {
    clearTimeout(this.#timer);
    this.#wakesAt = time;
    if (time < Infinity) this.#timer = setTimeout(() => this.#check(), time - performance.now());
  }

  #check() {
    const now = performance.now();
    const passed = [...this.#deadlines].filter(([, deadline]) => deadline <= now);
    for (const [id] of passed) this.#deadlines.delete(id);
    this.#wakeAt(Math.min(...this.#deadlines.values()));
    if (passed.length > 0) this.#expired();
  }
}
