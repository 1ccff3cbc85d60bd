// Lets a reader edit their last question: by its button, and by Up in an empty composer. Escape leaves
// the edit, and where there is none stops the answer.

import { isComposed } from "./composition.js";

const FAILED = "That did not reach the server. Please try again.";

export class Edits {
  #element;
  #view;
  #composer;
  #textOf;
  #complaints;

  /** textOf(article) promises its Markdown; complaints tell of failure. */
  constructor(element, view, composer, textOf, complaints) {
    [this.#element, this.#view, this.#composer] = [element, view, composer];
    [this.#textOf, this.#complaints] = [textOf, complaints];
    element.addEventListener("click", (event) => this.#click(event));
    element.addEventListener("keydown", (event) => event.key === "ArrowUp" && this.#up(event));
    document.addEventListener("keydown", (event) => event.key === "Escape" && this.#escape(event));
  }

  #click(event) {
    const link = event.target.closest("[data-action=edit]");
    if (link) this.#edit(link.closest(".message"), event);
  }

  #up(event) {
    if (isComposed(event) || !event.target.matches("[data-composer-text]")) return;
    const question = this.#composer.isEmpty && this.#view.ownQuestion;
    if (question) this.#edit(question, event);
  }

  #escape(event) {
    if (isComposed(event) || document.querySelector("dialog[open]")) return;
    if (this.#composer.cancel()) return;
    this.#element.querySelector("[data-status=streaming] [data-action=stop]")?.click();
  }

  #edit(article, event) {
    event.preventDefault();
    this.#textOf(article).then(
      (content) => this.#composer.edit(article.id, content),
      () => this.#complaints.show(FAILED),
    );
  }
}
