// A sentence about what has just happened, for ten seconds, perhaps with a button that undoes it.

const SHOWN_MS = 10_000;

export class Toast {
  #element;
  #text;
  #action;
  #undo = () => {};
  #timer;

  constructor(element) {
    this.#element = element;
    this.#text = element.querySelector("[data-toast-text]");
    this.#action = element.querySelector("[data-toast-action]");
    this.#action.addEventListener("click", () => {
      this.#hide();
      this.#undo();
    });
  }

  /** Shows a sentence; with undo(), a button that calls it. */
  show(sentence, undo = null) {
    clearTimeout(this.#timer);
    this.#text.textContent = sentence;
    this.#action.hidden = !undo;
    this.#undo = undo;
    this.#element.classList.remove("visually-hidden");
    this.#timer = setTimeout(() => this.#hide(), SHOWN_MS);
  }

  #hide() {
    clearTimeout(this.#timer);
    this.#element.classList.add("visually-hidden"); // screen readers read what is there and changes
    this.#text.textContent = "";
    this.#action.hidden = true;
  }
}
