// Scrolling in a conversation: the position is restored after a reload and on the way back, also if the message is far
// up and has to be loaded first; the page follows the text as long as the reader is at its end; and a reader who has
// scrolled up gets a button that jumps to the latest message.

import { hideAndMoveFocus } from "./keyboard.js";
import { SafeStorage } from "./storage.js";

const MAX_PAGES = 20; // of earlier messages that are loaded to restore a position
const NEAR_PX = 48;
const END_PX = 2; // a page that has become shorter ends within this distance, because of rounding
const root = document.documentElement;

/** Returns whether the page was loaded again, or by Back or Forward. */
export function hasReturned() {
  const [navigation] = performance.getEntriesByType("navigation");
  return navigation?.type === "reload" || navigation?.type === "back_forward";
}

/** The position that is restored. */
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
    const position = top ? { id: top.id, y: topOf(top) } : null; // also where there is no message yet
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

/** Follows the text as long as the reader is at its end. */
export class AutoScroll {
  #isFollowing = false;
  #top = window.scrollY;
  #changed;
  #closing = new AbortController();
  #growth = new ResizeObserver(() => this.#isFollowing && this.#scrollToEnd());

  /** Follows the growth of content if the end of the page is near; calls changed(isFollowing) whenever that
      changes. */
  constructor(content, changed) {
    this.#changed = changed;
    this.#set(isAtEnd(NEAR_PX));
    const { signal } = this.#closing;
    window.addEventListener("scroll", () => this.#scrolled(), { passive: true, signal });
    this.#growth.observe(content);
  }

  /** Follows no longer: another page is shown. */
  close() {
    this.#closing.abort();
    this.#growth.disconnect();
    root.style.overflowAnchor = "";
  }

  /** Whether the reader is at the end and sees new text. */
  get isFollowing() {
    return this.#isFollowing;
  }

  /** Scrolls to the end and follows from there. */
  jump() {
    this.#scrollToEnd();
    this.#set(true);
  }

  // The text may have grown meanwhile. So following stops only if the reader scrolls up, even a little; and
  // a reader who scrolls down need not reach the end exactly.
  #scrolled() {
    if (window.scrollY === this.#top) return; // the page has scrolled itself
    const isUp = window.scrollY < this.#top;
    if (isAtEnd(isUp ? END_PX : NEAR_PX)) this.#set(true);
    else if (isUp) this.#set(false);
    this.#top = window.scrollY;
  }

  #set(isFollowing) {
    if (this.#isFollowing === isFollowing) return;
    this.#isFollowing = isFollowing;
    root.style.overflowAnchor = isFollowing ? "none" : ""; // the end is what stays in place
    this.#changed(isFollowing);
  }

  #scrollToEnd() {
    scrollToEnd();
    this.#top = window.scrollY;
  }
}

/** Jumps to the latest message, and counts the new ones. */
export class JumpButton {
  #button;
  #messages;
  #new = new Set(); // ids of messages
  #isFollowing = true;

  /** jump() scrolls to the end of the messages. */
  constructor(button, messages, jump) {
    [this.#button, this.#messages] = [button, messages];
    button.addEventListener("click", jump);
  }

  /** Shows the button while the reader does not follow. */
  setFollowing(isFollowing) {
    this.#isFollowing = isFollowing;
    if (isFollowing) hideAndMoveFocus(this.#button, this.#messages, () => (this.#button.hidden = true));
    else this.#button.hidden = false;
    this.#new.clear();
    this.#showCount();
  }

  /** A message is new or has grown; a reader who does not follow may not see it. */
  changed({ id }) {
    if (this.#isFollowing || this.#new.has(id)) return;
    this.#new.add(id);
    this.#showCount();
  }

  /** Messages were removed. */
  removed(ids) {
    for (const id of ids) this.#new.delete(id);
    this.#showCount();
  }

  #showCount() {
    const count = this.#new.size;
    this.#button.textContent = count ? `Jump to latest · ${count} new` : "Jump to latest";
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

function isAtEnd(tolerance) {
  return root.scrollHeight - window.innerHeight - window.scrollY < tolerance;
}

function topOf(message) {
  return message?.getBoundingClientRect().top ?? 0;
}

function isInSight(message) {
  return message.getBoundingClientRect().bottom > 0;
}

function scrollToEnd() {
  window.scrollTo({ top: root.scrollHeight, behavior: "instant" });
}
