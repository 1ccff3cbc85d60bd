// Spaces out what is done again and again: at once the first time, then ever later, up to a second.

const FIRST_MS = 50;
const LONGEST_MS = 1000;
const CALM_MS = 10_000; // after so long without another wish the next one is the first again

export class Pause {
  #length = 0;
  #waiting = null;
  #calm = null;

  /** Calls action, now or after the pause. While one waits, another is the same one. */
  then(action) {
    if (this.#waiting) return;
    if (this.#length === 0) return this.#perform(action);
    clearTimeout(this.#calm);
    this.#waiting = setTimeout(() => this.#perform(action), this.#length);
  }

  /** The next action waits so long. */
  atLeast(ms) {
    this.#length = Math.max(this.#length, ms);
  }

  /** The next action is the first again, and none waits. */
  reset() {
    this.cancel();
    this.#length = 0;
  }

  /** Drops the action that waits. */
  cancel() {
    clearTimeout(this.#waiting);
    clearTimeout(this.#calm);
    this.#waiting = null;
  }

  #perform(action) {
    this.cancel();
    this.#length = Math.min(Math.max(this.#length * 2, FIRST_MS), LONGEST_MS);
    this.#calm = setTimeout(() => this.reset(), CALM_MS);
    action();
  }
}
