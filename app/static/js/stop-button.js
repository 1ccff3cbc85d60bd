// The composer's button that stops the answer. It is where Send is as long as nothing is written, which
// composer.css decides, and nowhere near Retry.

import { PLACEHOLDER } from "./message-list.js";

export class StopButton {
  #button;
  #send;
  #action;

  /** The page may have been loaded during an answer. */
  constructor(form) {
    this.#button = form.querySelector("[data-action=stop]");
    this.#send = form.querySelector("[data-composer-send]");
    this.#action = this.#button.getAttribute("formaction").replace(this.#id || PLACEHOLDER, PLACEHOLDER);
  }

  /** Offers to stop the answer with this id, or nothing; Send has the focus next if Stop had it. */
  show(id = "") {
    if (id === this.#id) return;
    const hadFocus = document.activeElement === this.#button;
    this.#button.dataset.message = id;
    this.#button.hidden = !id;
    this.#button.setAttribute("formaction", this.#action.replace(PLACEHOLDER, id));
    if (hadFocus && !id) this.#send.focus();
  }

  get #id() {
    return this.#button.dataset.message;
  }
}
