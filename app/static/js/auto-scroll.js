// Follows the text as long as the reader is at its end. A reader who has scrolled up gets a button that
// jumps to the latest message, and counts the new ones.

import { hideAndMoveFocus } from "./focus.js";

const NEAR_PX = 48;
const END_PX = 2; // a page that has become shorter ends within this distance, because of rounding
const root = document.documentElement;

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
    window.scrollTo({ top: root.scrollHeight, behavior: "instant" });
    this.#top = window.scrollY;
  }
}

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
  count(id) {
    if (this.#isFollowing || this.#new.has(id)) return;
    this.#new.add(id);
    this.#showCount();
  }

  /** Messages were removed. */
  remove(ids) {
    for (const id of ids) this.#new.delete(id);
    this.#showCount();
  }

  #showCount() {
    const count = this.#new.size;
    this.#button.textContent = count ? `Jump to latest · ${count} new` : "Jump to latest";
  }
}

function isAtEnd(tolerance) {
  return root.scrollHeight - window.innerHeight - window.scrollY < tolerance;
}
