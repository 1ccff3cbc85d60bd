// Lets something on the page be painted anew: in the next frame, and no more often than the eye reads.

const PACE_MS = 50;

export class Painter {
  #paint;
  #painted = -Infinity;
  #timer = null;
  #frame = null;

  constructor(paint) {
    this.#paint = paint;
  }

  /** Paints when its time has come; whoever asks again until then asks for the same. */
  soon() {
    if (this.#timer !== null || this.#frame !== null) return;
    const wait = this.#painted + PACE_MS - performance.now();
    if (wait > 0) this.#timer = setTimeout(() => this.#inFrame(), wait);
    else this.#inFrame();
  }

  /** Paints now, and not again for what was asked before. */
  now() {
    clearTimeout(this.#timer);
    cancelAnimationFrame(this.#frame);
    this.#timer = this.#frame = null;
    this.#painted = performance.now();
    this.#paint();
  }

  #inFrame() {
    this.#timer = null;
    this.#frame = requestAnimationFrame(() => this.now());
  }
}
