// The sidebar: on a narrow page a drawer, and a search whose results are shown while one types.

import { addressOf } from "./navigation.js";

const DELAY_MS = 250; // after the last key
const WIDE = matchMedia("(min-width: 900px)");
const FAILED = "The search has failed. Please try again.";

export class Sidebar {
  #element;
  #results;
  #list;
  #searching = new AbortController();
  #timer;

  constructor(element) {
    this.#element = element;
    this.#results = element.querySelector("[data-results]");
    this.#list = element.querySelector("[data-list]");
    const field = element.querySelector("[data-quick-search]");
    field.addEventListener("input", () => this.#typed(field.value.trim()));
    document.addEventListener("click", (event) => this.#clicked(event));
  }

  /** Closes the drawer. */
  close() {
    if (this.#element.matches(":popover-open")) this.#element.hidePopover();
  }

  #clicked(event) {
    if (!event.target.closest("[data-drawer]")) return;
    event.preventDefault();
    if (!WIDE.matches) this.#element.showPopover();
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
    this.#results.hidden = !results;
    this.#list.hidden = Boolean(results);
  }
}
