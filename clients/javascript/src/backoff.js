// Delays between attempts, and when the next join is due.

const JOIN_DELAYS_MS = [50, 1000];
const CALM_MS = 10_000; // after so long without another join, the next one is sent at once again
const SPREAD = 0.3; // readers that lost their connections together return one by one

/** No delay before the first attempt, then the shortest one, then twice as long each time. */
export class Backoff {
  delay = 0; // milliseconds
  #shortest;
  #longest;

  constructor(shortest, longest) {
    [this.#shortest, this.#longest] = [shortest, longest];
  }

  /** Doubles the delay. */
  increase() {
    this.delay = Math.min(Math.max(this.delay * 2, this.#shortest), this.#longest);
  }

  /** Makes the delay at least this long. */
  atLeast(ms) {
    this.delay = Math.max(this.delay, ms);
  }

  /** Starts again without a delay. */
  reset() {
    this.delay = 0;
  }

  /** Returns the delay, a little longer or shorter. */
  jittered() {
    return this.delay * (1 + SPREAD * (2 * Math.random() - 1));
  }
}

/** Sends joins: one that is requested soon after another waits, and requesting it again changes nothing. */
export class PendingJoin {
  #send;
  #backoff = new Backoff(...JOIN_DELAYS_MS);
  #timer = null;
  #calm = null;

  constructor(send) {
    this.#send = send;
  }

  /** Sends a join, now or after the delay. */
  request() {
    if (this.#timer) return;
    if (this.#backoff.delay === 0) return this.#due();
    clearTimeout(this.#calm);
    this.#timer = setTimeout(() => this.#due(), this.#backoff.delay);
  }

  /** Sends a join, but not before this delay. */
  retryAfter(ms) {
    this.#backoff.atLeast(ms);
    this.request();
  }

  /** Drops a join that waits, and lets the next one be sent at once. */
  reset() {
    this.cancel();
    this.#backoff.reset();
  }

  /** Drops a join that waits. */
  cancel() {
    clearTimeout(this.#timer);
    clearTimeout(this.#calm);
    this.#timer = null;
  }

  #due() {
    this.cancel();
    this.#backoff.increase();
    this.#calm = setTimeout(() => this.reset(), CALM_MS);
    this.#send();
  }
}
