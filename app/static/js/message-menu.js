// The menu of a message. Without scripts there is a page of its own.

import { placeBelow } from "./menu.js";
import { addressOfMessage } from "./reactions.js";

export class MessageMenu {
  #menu;
  #pinned;
  #quote;
  #article;

  /** main: the page's, which has the menu; pinned: a Pinned; quote(article) quotes a message. */
  constructor(main, pinned, quote) {
    [this.#menu, this.#pinned, this.#quote] = [main.querySelector("[data-message-menu]"), pinned, quote];
    main.addEventListener("click", (event) => this.#clicked(event));
    this.#menu.addEventListener("click", ({ target }) => this.#chosen(target));
  }

  #clicked(event) {
    const button = event.target.closest("[data-action=more]");
    if (!button || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.#article = button.closest(".message");
    this.#show();
    this.#menu.showPopover({ source: button });
    placeBelow(this.#menu, button);
    this.#menu.querySelector("button:not([hidden])").focus({ preventScroll: true });
  }

  #show() {
    const { id, dataset } = this.#article;
    const address = addressOfMessage(this.#article);
    const hidden = { pin: this.#pinned.has(id) || dataset.status === "streaming", unpin: !this.#pinned.has(id) };
    hidden.branch = dataset.status === "streaming";
    for (const button of this.#menu.querySelectorAll("[data-for]")) {
      const { for: what } = button.dataset;
      button.dataset.message = id;
      button.hidden = hidden[what] ?? false;
      button.setAttribute("formaction", `${address}/${what}`);
      if (button.value) this.#showOwn(button, address);
    }
  }

  /** An emoji of one's own is pressed, and a press takes it away. */
  #showOwn(button, address) {
    const own = `[data-action=react][aria-pressed=true][value="${CSS.escape(button.value)}"]`;
    const isOwn = button.name === "emoji" && this.#article.querySelector(own) !== null;
    if (button.name !== "emoji") return;
    button.ariaPressed = String(isOwn);
    button.setAttribute("formaction", `${address}/${isOwn ? "unreact" : "react"}`);
  }

  #chosen(target) {
    const button = target.closest("button");
    if (!button) return;
    this.#menu.hidePopover();
    if (button.dataset.for === "quote") this.#quote(this.#article);
  }
}
