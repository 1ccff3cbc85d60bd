// What is pinned in the conversation: as _pinned.html renders it.

import { FORMER, namesOf } from "./reactions.js";

export class Pinned {
  #element;
  #labels;
  #names;
  #address; // of the conversation's messages
  #ids;

  /** element: what has the list; the second says what the page knows of the conversation, as text. */
  constructor(element, { labels, people }) {
    this.#element = element;
    [this.#labels, this.#names] = [JSON.parse(labels), namesOf(JSON.parse(people))];
    this.#address = element.dataset.pins;
    this.#ids = new Set(Array.from(this.#list.querySelectorAll("[data-message]"), ({ dataset }) => dataset.message));
  }

  /** Whether a message is pinned. */
  has(id) {
    return this.#ids.has(id);
  }

  /** The conversation has these people and pinned messages. */
  described({ people, pinned = [] }) {
    if (people) this.#names = namesOf(people);
    this.#ids = new Set(pinned.map(({ id }) => id));
    this.#element.hidden = pinned.length === 0;
    if (pinned.length === 0) this.#element.open = false;
    const count = this.#element.querySelector("[data-pins-count]");
    count.textContent = `${pinned.length} pinned message${pinned.length === 1 ? "" : "s"}`;
    this.#list.replaceChildren(...pinned.map((each) => this.#item(each)));
  }

  #item({ id, author, model, excerpt = "", by }) {
    const [item, link] = [document.createElement("li"), document.createElement("a")];
    link.className = "pinned-message";
    link.href = document.getElementById(id) ? `#${id}` : `${this.#address}/${id}`;
    link.dataset.message = id;
    link.append(part("bdi", "pinned-author", author ?? this.#labels[model] ?? model), " ");
    const text = part("span", "pinned-excerpt", excerpt);
    text.dir = "auto";
    link.append(text, " ", part("span", "pinned-by", `Pinned by ${this.#names.get(by) ?? FORMER}`));
    item.append(link);
    return item;
  }

  get #list() {
    return this.#element.querySelector("[data-pins-list]");
  }
}

function part(tag, className, text) {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}
