// The sidebar: on a narrow page a drawer, with a search.

import { QuickSearch } from "./quick-search.js";

const WIDE = matchMedia("(min-width: 900px)");

export class Sidebar {
  #element;

  constructor(element) {
    this.#element = element;
    new QuickSearch(element);
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
}
