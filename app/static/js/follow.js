// Follows the text while the reader is at the bottom, and leaves the page alone while not.

const NEAR_PX = 48;
const root = document.documentElement;

export class Follow {
  #follows = true;
  #top = window.scrollY;

  /** Follows the growth of content. */
  constructor(content) {
    if (!isRestored()) this.#toBottom();
    this.#follows = isAtBottom();
    window.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    new ResizeObserver(() => this.#follows && this.#toBottom()).observe(content);
  }

  /** Goes to the bottom and follows from there. */
  now() {
    this.#follows = true;
    this.#toBottom();
  }

  // The text may have grown since; only a reader who moves up has stopped following.
  #scrolled() {
    if (isAtBottom()) this.#follows = true;
    else if (window.scrollY < this.#top) this.#follows = false;
    this.#top = window.scrollY;
  }

  #toBottom() {
    window.scrollTo({ top: root.scrollHeight, behavior: "instant" });
    this.#top = window.scrollY;
  }
}

function isAtBottom() {
  return root.scrollHeight - window.innerHeight - window.scrollY < NEAR_PX;
}

/** True where the browser itself goes back to where the reader was. */
function isRestored() {
  const [navigation] = performance.getEntriesByType("navigation");
  return navigation?.type === "reload" || navigation?.type === "back_forward" || location.hash !== "";
}
