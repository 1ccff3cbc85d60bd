// The messages on the page: finds, makes, places and removes them.

import { finishCode } from "./code-blocks.js";
import { MessageView } from "./message-view.js";
import { localize } from "./times.js";

const PLACEHOLDER = "MESSAGE"; // for its id, in addresses

export class MessageList {
  #element;
  #template;
  #me;
  #labels;
  #choices;
  #views = new Map();

  /** template holds an empty message and, as data, the sentences for bad ends; me: the reader as a sender;
      labels: of models. */
  constructor(element, template, { me, labels }, choices) {
    [this.#element, this.#template] = [element, template];
    [this.#me, this.#labels] = [me, labels];
    this.#choices = choices;
    choices.keep(element);
    const ended = ".message:not([data-status=streaming]) .message-content";
    finishCode(element.querySelectorAll(`:is(${ended}) > *`));
  }

  /** Takes from the page what the server has rendered, as message-log.js wants it. */
  take() {
    return Array.from(this.#element.querySelectorAll(".message"), (article) => ({
      id: article.id,
      position: Number(article.dataset.position),
      role: article.dataset.role,
      seq: Number(article.dataset.seq),
      status: article.dataset.status,
      ...takeSource(article),
    }));
  }

  /** Shows a message that is new or has changed. */
  show(message) {
    const view = this.#views.get(message.id);
    if (view) view.show(message);
    else if (message.position !== undefined) this.#viewOf(message).render(message);
  }

  /** Removes messages. */
  remove(ids) {
    for (const id of ids) {
      this.#views.delete(id);
      const article = this.#find(id);
      if (article?.contains(document.activeElement)) this.#element.focus({ preventScroll: true });
      article?.remove();
    }
  }

  #viewOf(message) {
    const view = new MessageView(
      this.#find(message.id) ?? this.#add(message),
      this.#template.dataset,
      this.#choices,
    );
    this.#views.set(message.id, view);
    return view;
  }

  #find(id) {
    return this.#element.querySelector(`#${CSS.escape(id)}`);
  }

  #add(message) {
    const article = this.#made(message);
    const follows = (other) => Number(other.dataset.position) > message.position;
    const next = Array.from(this.#element.querySelectorAll(".message")).find(follows);
    this.#element.insertBefore(article, next ?? null);
    return article;
  }

  #made({ id, position, role, author, sender, bot, model, created_at: createdAt }) {
    const article = this.#template.content.firstElementChild.cloneNode(true);
    article.id = id;
    Object.assign(article.dataset, { position, role, own: sender === this.#me });
    article.querySelector(".message-author").textContent = author ?? this.#labels[model] ?? model;
    article.querySelector(".message-bot").hidden = !bot;
    article.querySelector(".message-time").dateTime = createdAt;
    if (role !== "user") article.querySelector("[data-action=edit]").remove();
    address(article, id);
    localize(article);
    return article;
  }
}

/** Takes the text of a streaming message, which the page carries beside its HTML. */
function takeSource(article) {
  const source = article.querySelector(".message-source");
  if (!source) return { isBare: true }; // it has ended, and only its HTML is here
  source.remove();
  return JSON.parse(source.content.textContent);
}

/** Has the links and buttons of a new message lead to it: in the template they lead to PLACEHOLDER. */
function address(article, id) {
  for (const name of ["href", "formaction"]) {
    for (const element of article.querySelectorAll(`[data-action][${name}]`)) {
      element.setAttribute(name, element.getAttribute(name).replace(PLACEHOLDER, id));
    }
  }
}
