// Notices silence: the last thing that the server said may be what was lost.
//
// Much is heard while an answer streams, and a silence is rare. So what is heard moves a deadline and
// nothing else; the one timer looks at the deadlines when the first of them may have come.

const MESSAGE_MS = 10_000; // about a message that is believed to be streaming
const CONVERSATION_MS = 60_000;
const WHOLE = null; // stands for the conversation among the ids

export class Silences {
  #broken;
  #isJoined = false;
  #deadlines = new Map(); // message id or WHOLE → moment
  #timer;
  #rings = Infinity; // the moment at which the timer does

  /** Calls broken() when a silence has lasted too long; heard() or restart() begin the next one. */
  constructor(broken) {
    this.#broken = broken;
  }

  /** Something was heard, perhaps about a message, which may be streaming still. */
  heard(id, isStreaming) {
    if (!this.#isJoined) return;
    const now = performance.now();
    this.#begin(WHOLE, now + CONVERSATION_MS);
    if (isStreaming) this.#begin(id, now + MESSAGE_MS);
    else this.#deadlines.delete(id);
  }

  /** The reader has joined, and believes that these messages are streaming. */
  restart(streaming) {
    this.stop();
    this.#isJoined = true;
    const now = performance.now();
    this.#begin(WHOLE, now + CONVERSATION_MS);
    for (const { id } of streaming) this.#begin(id, now + MESSAGE_MS);
  }

  /** The reader is not joined any more. */
  stop() {
    this.#isJoined = false;
    this.#deadlines.clear();
    this.#ring(Infinity);
  }

  #begin(id, deadline) {
    this.#deadlines.set(id, deadline);
    if (deadline < this.#rings) this.#ring(deadline);
  }

  #ring(moment) {
    clearTimeout(this.#timer);
    this.#rings = moment;
    if (moment < Infinity) this.#timer = setTimeout(() => this.#look(), moment - performance.now());
  }

  /** Tells of each silence that has lasted too long, once. */
  #look() {
    const now = performance.now();
    const over = [...this.#deadlines].filter(([, deadline]) => deadline <= now);
    for (const [id] of over) this.#deadlines.delete(id);
    this.#ring(Math.min(...this.#deadlines.values()));
    if (over.length > 0) this.#broken();
  }
}
