// The browser's storage; where it is forbidden or full, things are kept as long as the page lives.

export class SafeStorage {
  #page = new Map();

  /** Returns what is stored under key, or null. */
  getItem(key) {
    return this.#page.get(key) ?? attempt(() => localStorage.getItem(key)) ?? null;
  }

  /** Stores a string. */
  setItem(key, value) {
    this.#page.set(key, value);
    attempt(() => localStorage.setItem(key, value));
  }

  /** Forgets it. */
  removeItem(key) {
    this.#page.delete(key);
    attempt(() => localStorage.removeItem(key));
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
