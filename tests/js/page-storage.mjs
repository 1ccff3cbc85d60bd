// A storage like the browser's, for tests.

export class PageStorage {
  #items = new Map();
  keys = () => [...this.#items.keys()];
  getItem = (key) => this.#items.get(key) ?? null;
  setItem = (key, value) => this.#items.set(key, value);
  removeItem = (key) => this.#items.delete(key);
}
