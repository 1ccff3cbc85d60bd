// The browser's storage; where it is forbidden or full, things are kept as long as the page lives.

export class SafeStorage {
  #page = new Map();
  #kind;

  /** kind: localStorage, or sessionStorage for what belongs to one tab. */
  constructor(kind = "localStorage") {
    this.#kind = kind;
  }

  /** Returns what is stored under key, or null. */
  getItem(key) {
    return this.#page.get(key) ?? attempt(() => window[this.#kind].getItem(key)) ?? null;
  }

  /** Stores a string. */
  setItem(key, value) {
    this.#page.set(key, value);
    attempt(() => {
      window[this.#kind].setItem(key, value);
      this.#page.delete(key);
    });
  }

  /** Forgets it. */
  removeItem(key) {
    this.#page.delete(key);
    attempt(() => window[this.#kind].removeItem(key));
  }
}

function attempt(action) {
  try {
    return action();
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}
