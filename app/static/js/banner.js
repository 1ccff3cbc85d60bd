// A quiet line at the top of a conversation, for as long as something is wrong with its connection.

const PATIENCE_MS = 1000; // a line that is back sooner was never gone

export class Banner {
  #element;
  #text;
  #action;
  #timer = null;
  #act = () => {};

  constructor(element) {
    this.#element = element;
    this.#text = element.querySelector("[data-banner-text]");
    this.#action = element.querySelector("[data-banner-action]");
    this.#action.addEventListener("click", () => this.#act());
  }

  /** Shows a sentence and a button, unless it's withdrawn within a moment. */
  announce(sentence, label, act) {
    this.#timer ??= setTimeout(() => this.show(sentence, label, act), PATIENCE_MS);
  }

  /** Shows a sentence and a button at once. */
  show(sentence, label, act) {
    this.withdraw();
    this.#text.textContent = sentence;
    this.#action.textContent = label;
    this.#act = act;
    this.#element.hidden = this.#action.hidden = false;
  }

  /** Shows nothing any more. */
  withdraw() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#element.hidden = true;
  }
}
