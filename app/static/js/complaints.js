// Says that something did not work, until the reader does the next thing.

export class Complaints {
  #element;

  /** element is an alert: who can't see it hears it. */
  constructor(element) {
    this.#element = element;
    for (const next of ["click", "input"]) {
      document.addEventListener(next, () => this.#clear(), { capture: true });
    }
  }

  /** Shows a sentence. */
  show(sentence) {
    this.#element.textContent = sentence;
    this.#element.hidden = false;
  }

  /** A sentence is true no longer. */
  withdraw(sentence) {
    if (this.#element.textContent === sentence) this.#clear();
  }

  #clear() {
    this.#element.hidden = true;
    this.#element.textContent = "";
  }
}
