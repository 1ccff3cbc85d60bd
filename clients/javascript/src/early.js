// Events that came too early: earlier entries of their message are missing. A reader keeps them until those
// have arrived, or until it sends its next join, whose state contains all that was sent before.

const MAX_EVENTS = 256; // a join is answered within 10 seconds, in which an answer has about 250 chunks
const MAX_CHARACTERS = 1_000_000; // of text, as much as the longest answer has

export class EarlyEvents {
  #kept = []; // [event, data]
  #hasDropped = false; // an event, because there were too many

  /** Whether any event still waits for earlier entries, also one that had to be dropped. */
  get isWaiting() {
    return this.#kept.length > 0 || this.#hasDropped;
  }

  /** Keeps an event, or drops it if there are too many. */
  keep(event, data) {
    const kept = [...this.#kept, [event, data]];
    if (kept.length > MAX_EVENTS || characters(kept) > MAX_CHARACTERS) this.#hasDropped = true;
    else this.#kept = kept;
  }

  /** Removes and returns the events about a message, in the order of its entries. */
  take(id) {
    const taken = this.#kept.filter(([, data]) => data.id === id);
    if (taken.length > 0) this.#kept = this.#kept.filter(([, data]) => data.id !== id);
    return taken.sort(([, one], [, other]) => one.since - other.since);
  }

  /** Drops all of them: the state of the next join contains them. */
  clear() {
    this.#kept = [];
    this.#hasDropped = false;
  }
}

function characters(kept) {
  return kept.reduce((sum, [, { content = "", thinking = "" }]) => sum + content.length + thinking.length, 0);
}
