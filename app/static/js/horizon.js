// How far a reader's knowledge of a conversation reaches, and whether there is more beyond it.

export class Horizon {
  #ahead = new Set(); // positions of messages that came while an earlier one is missing
  #heard = { position: 0, revision: 0 }; // the highest that the server has spoken of
  #oldest = Infinity; // the lowest revision that it has spoken of: what is held may be as old

  /** Every message up to position is held, and every removal up to revision; null: not known. */
  constructor(position = null, revision = null) {
    this.position = position;
    this.revision = revision;
  }

  /** Something is missing: a message in between or at the end, or a removal. */
  get behind() {
    if (this.position === null) return false;
    return this.#heard.position > this.position || this.#heard.revision > this.revision;
  }

  /** The server has spoken of this position and this revision. */
  hear({ position = 0, revision }) {
    this.#heard.position = Math.max(this.#heard.position, position);
    this.#heard.revision = Math.max(this.#heard.revision, revision ?? 0);
    this.#oldest = Math.min(this.#oldest, revision ?? Infinity);
  }

  /** The message at this position is held. */
  reach(position) {
    this.#ahead.add(position);
    this.#advance();
  }

  /** Messages are gone. Where one was not even known, or a removal was missed, this changes nothing. */
  remove(revision, known) {
    this.hear({ revision });
    const next = this.revision === null ? null : this.revision + 1; // not known before the first join
    if (known && revision === next) this.revision = revision;
  }

  /** A join is acknowledged, which comes after all that it sends. */
  joined({ position, revision }) {
    this.hear({ position, revision });
    this.position ??= position;
    this.revision ??= this.#oldest;
    this.#advance();
  }

  /** The part of a join that says how far this reaches; from 0 the server sends the last page. */
  holding() {
    const after = this.position ?? 0;
    return this.revision === null ? { after } : { after, revision: this.revision };
  }

  #advance() {
    if (this.position === null) return;
    while (this.#ahead.delete(this.position + 1)) this.position += 1;
  }
}
