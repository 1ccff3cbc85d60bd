// The scroll position in a conversation: restored after a reload and on the way back, also if the message
// is far up and has to be loaded first.

import { SafeStorage } from "./storage.js";

const MAX_PAGES = 20; // of earlier messages that are loaded to restore a position

/** Returns whether the page was loaded again, or by Back or Forward. */
export function hasReturned() {
  const [navigation] = performance.getEntriesByType("navigation");
  return navigation?.type === "reload" || navigation?.type === "back_forward";
}

export class ScrollPosition {
  #slot;
  #messages;
  #isReturn;
  #storage = new SafeStorage("sessionStorage"); // each tab has its own position

  /** conversation is the element that holds the messages; isReturn: the reader has been there before. */
  constructor(conversation, isReturn) {
    this.#messages = conversation.querySelector("[data-messages]");
    this.#slot = `place:${conversation.dataset.conversation}`;
    this.#isReturn = isReturn;
    history.scrollRestoration = "manual"; // the browser does not know what has to be loaded
  }

  /** Saves the position; isAtEnd: the end of the page, wherever that will be. */
  save(isAtEnd) {
    const top = isAtEnd ? null : Array.from(this.#messages.querySelectorAll(".message")).find(isInSight);
    const position = top && { id: top.id, y: topOf(top) };
    this.#storage.setItem(this.#slot, JSON.stringify(position));
  }

  /** Scrolls to the saved position, if its message is on the page, or else to what is new, or the end. */
  restore() {
    const position = this.#saved;
    if (!position && !location.hash) this.#scrollToNew();
    const message = position && this.#messageOf(position);
    if (message) window.scrollBy({ top: topOf(message) - position.y, behavior: "instant" });
  }

  /** Restores a position whose message is not on the page; load() loads a page of earlier messages and
      promises whether there was one. */
  async restoreEarlier(load) {
    for (let pages = 0; pages < MAX_PAGES && this.#isMissing; pages++) {
      if (!(await load())) return;
      this.restore();
    }
  }

  /** Scrolls to the end, or less far: to the first message that the reader has not read. */
  #scrollToNew() {
    scrollToEnd();
    const mark = this.#messages.querySelector("[data-new-mark]");
    if (mark && topOf(mark) < 0) mark.scrollIntoView({ behavior: "instant" });
  }

  get #isMissing() {
    const position = this.#saved;
    return position !== null && !this.#messageOf(position);
  }

  get #saved() {
    if (!this.#isReturn) return null;
    return JSON.parse(this.#storage.getItem(this.#slot) ?? "null");
  }

  #messageOf({ id }) {
    return this.#messages.querySelector(`#${CSS.escape(id)}`);
  }
}

let remainder = 0; // browsers scroll by whole pixels, and messages have fractions: made up for next time

/** Changes the page above the visible part, which does not move. */
export function keepInPlace(messages, change) {
  const anchor = messages.firstElementChild;
  const before = topOf(anchor) - remainder;
  change();
  window.scrollBy({ top: topOf(anchor) - before, behavior: "instant" });
  const rest = topOf(anchor) - before;
  remainder = Math.abs(rest) < 1 ? rest : 0; // more than that is the end of the page
}

function topOf(message) {
  return message?.getBoundingClientRect().top ?? 0;
}

function isInSight(message) {
  return message.getBoundingClientRect().bottom > 0;
}

function scrollToEnd() {
  window.scrollTo({ top: document.documentElement.scrollHeight, behavior: "instant" });
}
