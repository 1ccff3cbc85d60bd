// Where a reader was in a conversation: kept over a reload and the way back, also when the message was
// far up and has to be loaded first.

const FAR = 20; // pages that are loaded to get back to a place

export class Place {
  #slot;
  #messages;
  #storage;
  #isFound = true;

  /** storage is like sessionStorage: each tab has a place of its own. */
  constructor(messages, conversation, storage) {
    [this.#messages, this.#storage] = [messages, storage];
    this.#slot = `place:${conversation}`;
    history.scrollRestoration = "manual"; // the browser knows nothing of what has to be loaded
  }

  /** Keeps the place; follows: it is the bottom, wherever that will be. */
  keep(follows) {
    const top = follows ? null : Array.from(this.#messages.children).find(isInSight);
    const place = top && { id: top.id, y: topOf(top) };
    this.#storage.setItem(this.#slot, JSON.stringify(place));
  }

  /** Goes to where the reader was, if that is on the page, or to the bottom. */
  find() {
    const place = this.#kept();
    if (place) this.#isFound = this.#goTo(place);
    else if (!location.hash) toBottom();
  }

  /** Loads what is needed to find the place; more() promises whether it has loaded earlier messages. */
  async search(more) {
    for (let pages = 0; pages < FAR && !this.#isFound && (await more()); pages++) this.find();
  }

  #goTo({ id, y }) {
    const message = this.#messages.querySelector(`#${CSS.escape(id)}`);
    if (message) window.scrollBy({ top: topOf(message) - y, behavior: "instant" });
    return message !== null;
  }

  #kept() {
    const [navigation] = performance.getEntriesByType("navigation");
    if (navigation?.type !== "reload" && navigation?.type !== "back_forward") return null;
    return JSON.parse(this.#storage.getItem(this.#slot) ?? "null");
  }
}

let owed = 0; // browsers scroll by whole pixels, and messages are not as high: the rest is made up for later

/** Does something above what the reader sees, without moving what the reader sees. */
export function keepInPlace(messages, change) {
  const anchor = messages.firstElementChild;
  const before = topOf(anchor) - owed;
  change();
  window.scrollBy({ top: topOf(anchor) - before, behavior: "instant" });
  const rest = topOf(anchor) - before;
  owed = Math.abs(rest) < 1 ? rest : 0; // more is where the page ends
}

function topOf(message) {
  return message?.getBoundingClientRect().top ?? 0;
}

function isInSight(message) {
  return message.getBoundingClientRect().bottom > 0;
}

function toBottom() {
  window.scrollTo({ top: document.documentElement.scrollHeight, behavior: "instant" });
}
