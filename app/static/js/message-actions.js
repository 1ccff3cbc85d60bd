// What a reader can do with a message: the buttons below it, its menu, and editing. Without scripts these are forms and
// links.

import { ACK_TIMEOUT_MS } from "midstream-reader/timeouts";

import { filesOf } from "./files.js";
import { isComposing } from "./keyboard.js";
import { placeBelow } from "./menu.js";
import { addressOfMessage } from "./reactions.js";

const WAITING = "There is no connection. This will be done when it is back.";
const FAILED = "That did not reach the server. Please try again.";

const EVENTS = ["stop", "retry", "continue", "choose", "react", "pin"];
const BUTTONS = EVENTS.map((event) => `[data-action=${event}]`).join();
const SECOND_CLICK_MS = 600;
const SAME_PLACE_PX = 16;

const busy = new WeakSet(); // buttons; a disabled one would lose the focus

/**
 * Sends the button's event, one of EVENTS, about its message over the socket. Without a connection, reports
 * that it waits, and sends it later. Until the first connection, forms are sent. The second click in a place
 * does nothing: it was meant for the button that the first one has replaced. Calls chosen(id, button) with the id
 * that a chosen version has.
 */
export function listenForActions(element, socket, alerts, chosen) {
  let wasConnected = false;
  let last = null; // click
  socket.on("connect", () => (wasConnected = true));
  element.addEventListener("click", (event) => {
    const isSecond = isSecondClick(event, last);
    last = event;
    const button = event.target.closest(BUTTONS);
    if (!button || (!wasConnected && !isSecond)) return;
    event.preventDefault();
    if (isSecond) return;
    button.closest("[popover]")?.hidePopover();
    if (socket.connected) perform(button, socket, alerts, chosen);
    else wait(button, socket, alerts, chosen);
  });
}

/** Whether a pointer has clicked twice in one place, and not on the same button. The keyboard has no place. */
function isSecondClick(event, last) {
  if (!last || event.detail === 0 || last.detail === 0) return false;
  if (event.target.closest("button") === last.target.closest("button")) return false;
  const distance = Math.hypot(event.clientX - last.clientX, event.clientY - last.clientY);
  return event.timeStamp - last.timeStamp < SECOND_CLICK_MS && distance < SAME_PLACE_PX;
}

/** Pressed twice, the button reports it twice and sends its event once. */
function wait(button, socket, alerts, chosen) {
  alerts.show(WAITING);
  if (busy.has(button)) return;
  busy.add(button);
  socket.once("connect", () => {
    busy.delete(button);
    alerts.withdraw(WAITING);
    perform(button, socket, alerts, chosen);
  });
}

function perform(button, socket, alerts, chosen) {
  if (busy.has(button)) return;
  busy.add(button);
  const { action } = button.dataset;
  const hadFocus = document.activeElement === button;
  socket.timeout(ACK_TIMEOUT_MS).emit(action, payloadOf(button), (error, ack) => {
    busy.delete(button);
    if (error) alerts.show(FAILED);
    else if (ack.ok && action === "choose") chosen(ack.id, button, hadFocus);
    else if (!ack.ok && (ack.error !== "conflict" || action === "pin")) alerts.show(ack.message);
  });
}

/** A button that names a model, an emoji, or the number of a version, has it as its value. */
function payloadOf(button) {
  const id = button.dataset.message ?? button.closest(".message").id;
  const { name, value } = button;
  if (name === "version") return { id, version: Number(value) };
  if (name === "emoji") return { id, emoji: value, on: button.ariaPressed !== "true" };
  if (name === "on") return { id, on: value !== "" };
  return name ? { id, [name]: value } : { id };
}

/** The models to retry with are one list on the page, whichever answer is the last. */
export function listenForModels(element) {
  const models = element.querySelector("[data-retry-models]");
  models?.addEventListener("beforetoggle", () => {
    const answers = element.querySelectorAll(".message[data-role=assistant]");
    for (const button of models.querySelectorAll("button")) button.dataset.message = Array.from(answers).at(-1)?.id;
  });
}

/** The menu of a message, whose buttons are those of the page, for each message in turn. */
export class MessageMenu {
  #menu;
  #pinned;
  #quote;
  #article;

  /** main: the page's, which has the menu; pinned: a Pinned; quote(article) quotes a message. */
  constructor(main, pinned, quote) {
    [this.#menu, this.#pinned, this.#quote] = [main.querySelector("[data-message-menu]"), pinned, quote];
    main.addEventListener("click", (event) => this.#clicked(event));
    this.#menu.addEventListener("click", ({ target }) => this.#chosen(target));
  }

  #clicked(event) {
    const button = event.target.closest("[data-action=more]");
    if (!button || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.#article = button.closest(".message");
    this.#show();
    this.#menu.showPopover({ source: button });
    placeBelow(this.#menu, button);
    this.#menu.querySelector("button:not([hidden])").focus({ preventScroll: true });
  }

  #show() {
    const { id, dataset } = this.#article;
    const address = addressOfMessage(this.#article);
    const hidden = { pin: this.#pinned.has(id) || dataset.status === "streaming", unpin: !this.#pinned.has(id) };
    hidden.branch = dataset.status === "streaming";
    for (const button of this.#menu.querySelectorAll("[data-for]")) {
      const { for: what } = button.dataset;
      button.dataset.message = id;
      button.hidden = hidden[what] ?? false;
      button.setAttribute("formaction", `${address}/${what}`);
      if (button.name === "emoji") this.#showOwn(button, address);
    }
  }

  /** An emoji of one's own is pressed, and a press takes it away. */
  #showOwn(button, address) {
    const own = `[data-action=react][aria-pressed=true][value="${CSS.escape(button.value)}"]`;
    const isOwn = this.#article.querySelector(own) !== null;
    button.ariaPressed = String(isOwn);
    button.setAttribute("formaction", `${address}/${isOwn ? "unreact" : "react"}`);
  }

  #chosen(target) {
    const button = target.closest("button");
    if (!button) return;
    this.#menu.hidePopover();
    if (button.dataset.for === "quote") this.#quote(this.#article);
  }
}

/**
 * Edits the reader's questions: each with its button, the last one with Up in an empty composer. Escape cancels an
 * edit; if there is none, it stops the answer.
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
    if (this.#composer.cancel() || this.#element.dataset.writes === "false") return;
    this.#element.querySelector("[data-action=stop]:not([hidden])")?.click();
  }

  #edit(article, event) {
    event.preventDefault();
    this.#markdownOf(article).then(
      (content) => this.#composer.edit(article.id, content, filesOf(article)),
      () => this.#alerts.show(FAILED),
    );
  }
}
