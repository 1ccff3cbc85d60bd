// How much of a conversation a reader holds, and whether the server has more.

export class Cursor {
  #ahead = new Set(); // positions of messages that arrived while an earlier one is missing
  #latest = { position: 0, revision: 0 }; // the highest that the server has named
  #hasMissedRemoved = false; // a message that was removed since: its position stays unknown
  #oldest = Infinity; // the lowest revision that the server has named: the reader may hold as old a state

  /** The reader holds every message up to position and every removal up to revision; null: unknown. */
  constructor(position = null, revision = null) {
    this.position = position;
    this.revision = revision;
  }

  /** Whether a message or a removal is missing. */
  get isBehind() {
    if (this.position === null) return false;
    return this.#latest.position > this.position || this.#latest.revision > this.revision;
  }

  /** Records a position and a revision that the server has named. */
  observe({ position = 0, revision }) {
    this.#latest.position = Math.max(this.#latest.position, position);
    this.#latest.revision = Math.max(this.#latest.revision, revision ?? 0);
    this.#oldest = Math.min(this.#oldest, revision ?? Infinity);
  }

  /** The reader holds the message at this position. */
  reached(position) {
    this.#ahead.add(position);
    this.#advance();
  }

  /** Messages were removed. Advances by one revision, as long as the reader has known all of them. */
  removed(revision, wereKnown) {
    this.observe({ revision });
    if (this.revision === null || revision <= this.revision) return; // unknown before the first join
    if (!wereKnown) this.#hasMissedRemoved = true;
    if (!this.#hasMissedRemoved && revision === this.revision + 1) this.revision = revision;
  }

  /** A join was acknowledged, which the server does after sending everything else. */
  joined({ position, revision }) {
    this.observe({ position, revision });
    this.position ??= position;
    this.revision ??= this.#oldest;
    this.#advance();
  }

  /** Returns the fields of a join request. After 0 the server sends the last page. */
  joinFields() {
    const after = this.position ?? 0;
    return this.revision === null ? { after } : { after, revision: this.revision };
  }

  #advance() {
    if (this.position === null) return;
    while (this.#ahead.delete(this.position + 1)) this.position += 1;
  }
}
