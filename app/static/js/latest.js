// The button that leads a reader who has scrolled up to what is new, and counts it.

export class Latest {
  #button;
  #fresh = new Set();

  /** go() leads to the bottom. */
  constructor(button, go) {
    this.#button = button;
    button.addEventListener("click", go);
  }

  /** The reader follows what comes, or does not. */
  turn(follows) {
    this.#button.hidden = follows;
    this.#fresh.clear();
    this.#tell();
  }

  /** A message is new or has grown, which a reader who does not follow may not see. */
  note(id) {
    if (this.#button.hidden || this.#fresh.has(id)) return;
    this.#fresh.add(id);
    this.#tell();
  }

  #tell() {
    const count = this.#fresh.size;
    this.#button.textContent = count ? `Jump to latest · ${count} new` : "Jump to latest";
  }
}
