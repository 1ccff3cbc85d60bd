// The search whose results are shown while one types, in place of the list of conversations.

import { localize } from "./formatting.js";
import { addressOf } from "./navigation.js";

const DELAY_MS = 250; // after the last key
const FAILED = "The search has failed. Please try again.";

export class QuickSearch {
  #results;
  #list;
  #searching = new AbortController();
  #timer;

  /** The element has the field, and a place for the results before the list. */
  constructor(element) {
    this.#results = element.querySelector("[data-results]");
    this.#list = this.#results.nextElementSibling;
    const field = element.querySelector("[data-quick-search]");
    field.addEventListener("input", () => this.#typed(field.value.trim()));
  }

  #typed(query) {
    clearTimeout(this.#timer);
    this.#searching.abort();
    if (!query) return this.#show(null);
    this.#timer = setTimeout(() => this.#search(query), DELAY_MS);
  }

  async #search(query) {
    const { signal } = (this.#searching = new AbortController());
    try {
      const response = await fetch(addressOf(`conversations?${new URLSearchParams({ q: query })}`), { signal });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      this.#show(page.querySelector("[data-found]") ?? FAILED);
    } catch {
      if (!signal.aborted) this.#show(FAILED);
    }
  }

  /** Shows results in place of the list; null: the list. */
  #show(results) {
    this.#results.replaceChildren(...(results ? [results] : []));
    localize(this.#results);
    this.#results.hidden = !results;
    this.#list.hidden = Boolean(results);
  }
}
