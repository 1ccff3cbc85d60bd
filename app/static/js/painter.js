// Lets something on the page be painted anew, soon, and no more often than the eye reads; while nobody
// looks at the page, not at all. The longer a paint takes, as in a long block or on a slow machine, the
// longer waits the next one.

const PACE_MS = 50;
const SLOWEST_MS = 175; // still feels alive
const SHARE = 0.004; // of the time is for painting

export class Painter {
  #paint;
  #next = -Infinity; // the moment from which it may paint again
  #timer = null;
  #frame = null;

  constructor(paint) {
    this.#paint = paint;
  }

  /** Paints when its time has come; whoever asks again until then asks for the same. */
  soon() {
    if (this.#timer !== null || this.#frame !== null) return;
    const wait = this.#next - performance.now();
    if (wait > 0) this.#timer = setTimeout(() => this.#due(), wait);
    else this.#inFrame();
  }

  /** Paints now, and not again for what was asked before. */
  now() {
    clearTimeout(this.#timer);
    cancelAnimationFrame(this.#frame);
    this.#timer = this.#frame = null;
    const began = performance.now();
    this.#paint();
    const took = performance.now() - began;
    this.#next = began + Math.min(Math.max(took / SHARE, PACE_MS), SLOWEST_MS);
  }

  // It has waited for longer than a frame: there is none to wait for as well.
  #due() {
    this.#timer = null;
    if (document.hidden) this.#inFrame();
    else this.now();
  }

  /** Paints in the next frame, of which a page that nobody looks at has none. */
  #inFrame() {
    this.#frame = requestAnimationFrame(() => this.now());
  }
}
