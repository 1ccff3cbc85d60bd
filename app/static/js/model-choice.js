// The model for the next question: chosen beside it, and remembered for the next conversation in a cookie.

import { setCookie } from "./storage.js";

export class ModelChoice {
  #element;

  /** element is a details with radio buttons; it is null if there is one model. */
  constructor(element) {
    this.#element = element;
    if (!element) return;
    element.addEventListener("change", ({ target }) => this.#chosen(target));
    element.addEventListener("click", (event) => this.#clicked(event));
    element.addEventListener("keydown", (event) => this.#press(event));
    element.addEventListener("toggle", () => element.open && this.#checked.focus());
    document.addEventListener("pointerdown", ({ target }) => element.contains(target) || (element.open = false));
  }

  /** The name of the model; undefined if there is one. */
  get value() {
    return this.#element ? this.#checked.value : undefined;
  }

  get #checked() {
    return this.#element.querySelector(":checked");
  }

  #chosen(option) {
    const name = option.parentElement.querySelector(".models-name").textContent;
    this.#element.querySelector("[data-models-current]").textContent = name;
    setCookie("model", option.value);
  }

  /** A pointer chooses and closes; arrow keys, which click as well, choose one after the other. */
  #clicked({ target, detail: clicks }) {
    if (clicks > 0 && target.closest(".models-option")) this.#close();
  }

  #press(event) {
    if (!this.#element.open || (event.key !== "Enter" && event.key !== "Escape")) return;
    event.preventDefault(); // Enter would send the form
    event.stopPropagation(); // Escape would stop the answer
    this.#close();
  }

  #close() {
    this.#element.open = false;
    this.#element.querySelector("summary").focus();
  }
}
