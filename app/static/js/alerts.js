// What the page reports: what has failed, what has happened, what can be undone, what is wrong with the connection, and
// that a monthly limit is near.

import { hideAndMoveFocus } from "./keyboard.js";

const FLASH_MS = 2000;
const TOAST_MS = 10_000;
const BANNER_DELAY_MS = 1000; // a connection that is back sooner was never gone

/** A sentence about something that has failed, until the reader does the next thing. */
export class Alerts {
  #element;

  /** element has the role alert: screen readers read it at once; signal: the page is closed. */
  constructor(element, signal) {
    this.#element = element;
    for (const next of ["click", "input"]) {
      document.addEventListener(next, () => this.#clear(), { capture: true, signal });
    }
  }

  /** Shows a sentence. */
  show(sentence) {
    this.#element.textContent = sentence;
    this.#element.hidden = false;
  }

  /** Hides a sentence that is no longer true. */
  withdraw(sentence) {
    if (this.#element.textContent === sentence) this.#clear();
  }

  #clear() {
    this.#element.hidden = true;
    this.#element.textContent = "";
  }
}

/** What happens, for screen readers, which read it when they are idle. */
export class StatusLine {
  #element;
  #timer;

  constructor(element) {
    this.#element = element;
  }

  /** Reports a sentence. */
  report(sentence) {
    this.#hide();
    this.#element.textContent = sentence;
  }

  /** Reports a sentence for two seconds, visibly if nothing else on the page shows it. */
  flash(sentence, isVisible = true) {
    this.report(sentence);
    this.#element.classList.toggle("visually-hidden", !isVisible);
    this.#timer = setTimeout(() => this.report(""), FLASH_MS);
  }

  #hide() {
    clearTimeout(this.#timer);
    this.#element.classList.add("visually-hidden");
  }
}

/** A line at the top of a conversation, as long as something is wrong with its connection. */
export class Banner {
  #element;
  #messages;
  #text;
  #action;
  #timer = null;
  #latest;
  #act = () => {};
  #isFinal = false;

  /** messages get the focus when the banner is hidden. */
  constructor(element, messages) {
    [this.#element, this.#messages] = [element, messages];
    this.#text = element.querySelector("[data-banner-text]");
    this.#action = element.querySelector("[data-banner-action]");
    this.#action.addEventListener("click", () => this.#act());
  }

  /** Shows a sentence and a button, unless it is hidden within a second; the latest call counts. */
  showSoon(...content) {
    this.#latest = content;
    if (!this.#element.hidden) this.show(...content);
    else this.#timer ??= setTimeout(() => this.show(...this.#latest), BANNER_DELAY_MS);
  }

  /** Shows a sentence and a button that calls act(). */
  show(sentence, label, act) {
    this.#stopTimer();
    if (this.#isFinal) return;
    this.#text.textContent = sentence;
    this.#action.textContent = label;
    this.#act = act;
    this.#element.hidden = this.#action.hidden = false;
  }

  /** Shows a sentence and a button that nothing replaces. */
  showForever(...content) {
    this.show(...content);
    this.#isFinal = true;
  }

  hide() {
    this.#stopTimer();
    if (this.#isFinal) return;
    hideAndMoveFocus(this.#element, this.#messages, () => (this.#element.hidden = true));
  }

  #stopTimer() {
    clearTimeout(this.#timer);
    this.#timer = null;
  }
}

/** A sentence about what has just happened, for ten seconds, perhaps with a button that undoes it. */
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
    this.#timer = setTimeout(() => this.#hide(), TOAST_MS);
  }

  #hide() {
    clearTimeout(this.#timer);
    this.#element.classList.add("visually-hidden"); // screen readers read what is there and changes
    this.#text.textContent = "";
    this.#action.hidden = true;
  }
}

/** Shows what a socket is told of a monthly limit in an element, whose parent is hidden until then. */
export function listenForWarnings(socket, element) {
  socket.on("allowance", ({ warning }) => {
    element.textContent = warning;
    element.parentElement.hidden = false;
  });
}
