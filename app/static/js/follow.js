// Follows the text while the reader is at the bottom, and leaves the page alone while not.

const NEAR_PX = 48;
const END_PX = 2; // where a page ends that has become shorter, give or take a rounding
const root = document.documentElement;

export class Follow {
  #follows = false;
  #top = window.scrollY;
  #changed;

  /** Follows the growth of content from where the page is now; changed(follows) hears when it stops or begins. */
  constructor(content, changed) {
    this.#changed = changed;
    this.#set(isAtBottom(NEAR_PX));
    window.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    new ResizeObserver(() => this.#follows && this.#toBottom()).observe(content);
  }

  /** The reader is at the bottom and sees what comes. */
  get follows() {
    return this.#follows;
  }

  /** Goes to the bottom and follows from there. */
  now() {
    this.#toBottom();
    this.#set(true);
  }

  // The text may have grown since: only a reader who moves up has stopped following, be it a little. Who
  // moves down need not meet the bottom exactly.
  #scrolled() {
    if (window.scrollY === this.#top) return; // it was the page
    const isUp = window.scrollY < this.#top;
    if (isAtBottom(isUp ? END_PX : NEAR_PX)) this.#set(true);
    else if (isUp) this.#set(false);
    this.#top = window.scrollY;
  }

  #set(follows) {
    const isNews = this.#follows !== follows;
    this.#follows = follows;
    if (!isNews) return;
    root.style.overflowAnchor = follows ? "none" : ""; // what is kept in place is the end
    this.#changed(follows);
  }

  #toBottom() {
    window.scrollTo({ top: root.scrollHeight, behavior: "instant" });
    this.#top = window.scrollY;
  }
}

function isAtBottom(tolerance) {
  return root.scrollHeight - window.innerHeight - window.scrollY < tolerance;
}
