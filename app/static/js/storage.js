// The browser's storage. If it is forbidden or full, values are kept as long as the page is open.

export class SafeStorage {
  #page = new Map();
  #kind;

  /** kind: localStorage, or sessionStorage for values of one tab. */
  constructor(kind = "localStorage") {
    this.#kind = kind;
  }

  /** Returns the keys under which something is stored. */
  keys() {
    const stored = attempt(() => Object.keys(window[this.#kind])) ?? [];
    return [...new Set([...this.#page.keys(), ...stored])];
  }

  /** Returns the string that is stored under key, or null. */
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

  /** Removes the string that is stored under key. */
  removeItem(key) {
    this.#page.delete(key);
    attempt(() => window[this.#kind].removeItem(key));
  }
}

const YEAR_SECONDS = 31_536_000;

/** Stores a value in a cookie, for the server; an empty one removes it. */
export function setCookie(name, value) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  const age = value ? YEAR_SECONDS : 0;
  const path = document.documentElement.dataset.root ?? "/"; // as the server's cookies
  document.cookie = `${name}=${value}; path=${path}; max-age=${age}; samesite=lax${secure}`;
}

function attempt(action) {
  try {
    return action();
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}
