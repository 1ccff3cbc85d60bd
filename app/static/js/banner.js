// A quiet line at the top of a conversation, for as long as something is wrong with its connection.

import { handOn } from "./focus.js";

const PATIENCE_MS = 1000; // a connection that is back sooner was never gone

export class Banner {
  #element;
  #home;
  #text;
  #action;
  #timer = null;
  #latest;
  #act = () => {};
  #isFinal = false;

  /** home gets the focus when the banner goes. */
  constructor(element, home) {
    [this.#element, this.#home] = [element, home];
    this.#text = element.querySelector("[data-banner-text]");
    this.#action = element.querySelector("[data-banner-action]");
    this.#action.addEventListener("click", () => this.#act());
  }

  /** Shows a sentence and a button, unless it's withdrawn within a moment; the latest one counts. */
  announce(...what) {
    this.#latest = what;
    if (!this.#element.hidden) this.show(...what);
    else this.#timer ??= setTimeout(() => this.show(...this.#latest), PATIENCE_MS);
  }

  /** Shows a sentence and a button at once. */
  show(sentence, label, act) {
    this.#stop();
    if (this.#isFinal) return;
    this.#text.textContent = sentence;
    this.#action.textContent = label;
    this.#act = act;
    this.#element.hidden = this.#action.hidden = false;
  }

  /** Shows a sentence and a button for good: whatever else happens doesn't count any more. */
  conclude(...what) {
    this.show(...what);
    this.#isFinal = true;
  }

  /** Shows nothing any more. */
  withdraw() {
    this.#stop();
    if (this.#isFinal) return;
    handOn(this.#element, this.#home, () => (this.#element.hidden = true));
  }

  #stop() {
    clearTimeout(this.#timer);
    this.#timer = null;
  }
}
