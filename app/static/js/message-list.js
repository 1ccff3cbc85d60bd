// The messages on the page: finds, adds and removes them.

import { completeBlocks } from "./blocks.js";
import { showFiles } from "./files.js";
import { localize } from "./formatting.js";
import { MessageView } from "./message-view.js";

/** Stands for the id in the addresses of a message that does not exist yet. */
export const PLACEHOLDER = "MESSAGE";

const QUOTED = "QUOTED"; // as well, for the one that it quotes
const NOT_OF_QUESTIONS = "[data-action=details], [data-action=retry-with], [data-action=continue], .message-facts, .message-share, .message-header > .avatar, .message-assistant";

export class MessageList {
  #element;
  #template;
  #me;
  #labels;
  #prices;
  #choices;
  #views = new Map();

  /**
   * template holds an empty message and, as data, a sentence for each bad ending; me: the reader as a sender;
   * labels, prices: of models, by name; choices: a ThinkingChoices.
   */
  constructor(element, template, { me, labels, prices }, choices) {
    [this.#element, this.#template] = [element, template];
    [this.#me, this.#labels, this.#prices] = [me, labels, prices];
    this.#choices = choices;
    choices.listen(element);
    const ended = ".message:not([data-status=streaming]) .message-content";
    completeBlocks(element.querySelectorAll(`:is(${ended}) > *`));
  }

  /** Returns the messages that the server has rendered, as a MessageLog takes them. */
  read() {
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
    else if (message.position !== undefined) this.#addView(message).showNow(message);
  }

  /** Gives another name to what somebody has written. */
  renameAuthor(sender, name) {
    const authors = this.#element.querySelectorAll(`.message-author[data-sender="${CSS.escape(sender)}"]`);
    for (const author of authors) author.textContent = name;
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

  #addView(message) {
    const article = this.#find(message.id) ?? this.#insert(message);
    const price = this.#prices[article.querySelector(".message-model")?.textContent];
    const view = new MessageView(article, this.#template.dataset, price, this.#choices);
    this.#views.set(message.id, view);
    return view;
  }

  #find(id) {
    return this.#element.querySelector(`#${CSS.escape(id)}`);
  }

  #insert(message) {
    const article = this.#create(message);
    const isLater = (other) => Number(other.dataset.position) > message.position;
    const next = Array.from(this.#element.querySelectorAll(".message")).find(isLater);
    this.#element.insertBefore(article, markBefore(next) ?? next ?? null);
    return article;
  }

  #create({ id, position, role, author, sender, bot, model, asks, quotes, files, created_at: createdAt, ...version }) {
    const article = this.#template.content.firstElementChild.cloneNode(true);
    article.id = id;
    Object.assign(article.dataset, { position, role, own: sender === this.#me });
    if (asks?.length === 0) article.dataset.asks = "nobody";
    showAuthor(article.querySelector(".message-author"), author ?? this.#labels[model] ?? model, sender);
    article.querySelector(".message-bot").hidden = !bot;
    article.querySelector(".message-time").dateTime = createdAt;
    article.querySelector(".message-model")?.replaceChildren(model ?? "");
    const others = role === "user" ? NOT_OF_QUESTIONS : "[data-action=edit]";
    for (const element of article.querySelectorAll(others)) element.remove();
    if (version.versions) article.dataset.versioned = "";
    showVersions(article.querySelector(".message-versions"), version);
    showQuoted(article.querySelector(".message-quoted"), quotes);
    setAddresses(article, id);
    if (files) showFiles(article, files);
    localize(article);
    return article;
  }
}

function showAuthor(element, name, sender) {
  element.textContent = name;
  if (sender) element.dataset.sender = sender; // the account may be deleted while the page is open
}

/** What stands between an earlier message and this one: the mark above the first new message. */
function markBefore(article) {
  const previous = article?.previousElementSibling;
  return previous?.matches("[data-new-mark]") ? previous : null;
}

/** Removes and returns the text of a streaming message, which the page has beside its HTML. */
function takeSource(article) {
  const source = article.querySelector(".message-source");
  if (!source) return { isBare: true }; // it has ended, and only its HTML is on the page
  source.remove();
  return JSON.parse(source.content.textContent);
}

/** Shows which of how many versions this is; where there is one there is nothing to choose. */
function showVersions(element, { version, versions }) {
  if (!versions) return element?.remove();
  element.querySelector("[data-number]").textContent = version;
  element.querySelector("[data-count]").textContent = versions;
  const [previous, next] = element.querySelectorAll("button");
  for (const [button, value] of [
    [previous, version - 1],
    [next, version + 1],
  ]) {
    button.value = value;
    button.disabled = value < 1 || value > versions;
  }
}

/** The link to the message that this one quotes. */
function showQuoted(link, quotes) {
  if (quotes) link.setAttribute("href", link.getAttribute("href").replace(QUOTED, quotes));
  else link?.remove();
}

/** Replaces PLACEHOLDER in the addresses and ids of a new message's links and buttons. */
function setAddresses(article, id) {
  for (const name of ["href", "formaction", "popovertarget", "id"]) {
    for (const element of article.querySelectorAll(`footer [${name}]`)) {
      element.setAttribute(name, element.getAttribute(name).replace(PLACEHOLDER, id));
    }
  }
}
