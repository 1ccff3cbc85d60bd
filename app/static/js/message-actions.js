// What a reader can do with a message: stop, retry and edit. Without scripts these are forms and a link.

import { ACK_TIMEOUT_MS } from "midstream-reader/timeouts";

import { isComposing } from "./keyboard.js";

const WAITING = "There is no connection. This will be done when it is back.";
const FAILED = "That did not reach the server. Please try again.";

const busy = new WeakSet(); // buttons; a disabled one would lose the focus

/**
 * Sends the button's event (stop, retry) about its message over the socket. Without a connection, reports
 * that it waits, and sends it later. Until the first connection, forms are sent.
 */
export function listenForActions(element, socket, alerts) {
  let wasConnected = false;
  socket.on("connect", () => (wasConnected = true));
  element.addEventListener("click", (event) => {
    const button = event.target.closest("[data-action=stop], [data-action=retry]");
    if (!button || !wasConnected) return;
    event.preventDefault();
    if (socket.connected) perform(button, socket, alerts);
    else wait(button, socket, alerts);
  });
}

/** Pressed twice, the button reports it twice and sends its event once. */
function wait(button, socket, alerts) {
  alerts.show(WAITING);
  if (busy.has(button)) return;
  busy.add(button);
  socket.once("connect", () => {
    busy.delete(button);
    alerts.withdraw(WAITING);
    perform(button, socket, alerts);
  });
}

function perform(button, socket, alerts) {
  if (busy.has(button)) return;
  busy.add(button);
  const { id } = button.closest(".message");
  socket.timeout(ACK_TIMEOUT_MS).emit(button.dataset.action, { id }, (error, ack) => {
    busy.delete(button);
    if (error) alerts.show(FAILED);
    else if (!ack.ok && ack.error !== "conflict") alerts.show(ack.message);
  });
}

/**
 * Edits the reader's last question: with its button, or with Up in an empty composer. Escape cancels an edit;
 * if there is none, it stops the answer.
 */
export class Editing {
  #element;
  #view;
  #composer;
  #markdownOf;
  #alerts;

  /** markdownOf(article) promises its Markdown; signal: the page is closed. */
  constructor(element, view, composer, markdownOf, alerts, signal) {
    [this.#element, this.#view, this.#composer] = [element, view, composer];
    [this.#markdownOf, this.#alerts] = [markdownOf, alerts];
    element.addEventListener("click", (event) => this.#click(event));
    element.addEventListener("keydown", (event) => event.key === "ArrowUp" && this.#up(event));
    const escape = (event) => event.key === "Escape" && this.#escape(event);
    document.addEventListener("keydown", escape, { signal });
  }

  #click(event) {
    const link = event.target.closest("[data-action=edit]");
    if (link) this.#edit(link.closest(".message"), event);
  }

  #up(event) {
    if (isComposing(event) || !event.target.matches("[data-composer-text]")) return;
    const question = this.#composer.isEmpty && this.#view.ownQuestion;
    if (question) this.#edit(question, event);
  }

  #escape(event) {
    if (isComposing(event) || document.querySelector("dialog[open], :popover-open")) return;
    if (this.#composer.cancel()) return;
    this.#element.querySelector("[data-status=streaming] [data-action=stop]")?.click();
  }

  #edit(article, event) {
    event.preventDefault();
    this.#markdownOf(article).then(
      (content) => this.#composer.edit(article.id, content),
      () => this.#alerts.show(FAILED),
    );
  }
}
