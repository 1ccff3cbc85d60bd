// The button that leads a reader who has scrolled up to what is new, and counts it.

import { handOn } from "./focus.js";

export class Latest {
  #button;
  #messages;
  #fresh = new Set();
  #follows = true;

  /** go() leads to the bottom of the messages. */
  constructor(button, messages, go) {
    [this.#button, this.#messages] = [button, messages];
    button.addEventListener("click", go);
  }

  /** The reader follows what comes, or does not. */
  turn(follows) {
    this.#follows = follows;
    if (follows) handOn(this.#button, this.#messages, () => (this.#button.hidden = true));
    else this.#button.hidden = false;
    this.#fresh.clear();
    this.#tell();
  }

  /** A message is new or has grown, which a reader who does not follow may not see. */
  note(id) {
    if (this.#follows || this.#fresh.has(id)) return;
    this.#fresh.add(id);
    this.#tell();
  }

  /** Messages are gone. */
  forget(ids) {
    for (const id of ids) this.#fresh.delete(id);
    this.#tell();
  }

  #tell() {
    const count = this.#fresh.size;
    this.#button.textContent = count ? `Jump to latest · ${count} new` : "Jump to latest";
  }
}
