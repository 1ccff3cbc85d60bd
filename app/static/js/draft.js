// What a reader has started to write in a conversation: stored until it is sent.

export class Draft {
  #storage;
  #tab;
  #slot;
  #stored; // what this page has stored last; another page may have stored something since

  /**
   * storage is like localStorage and holds what was written last anywhere; tab is like sessionStorage and
   * holds what was written in this tab, which takes precedence. reader is the user's id.
   */
  constructor(storage, tab, reader, conversation) {
    [this.#storage, this.#tab] = [storage, tab];
    this.#slot = `draft:${reader}:${conversation}`;
  }

  /** Returns {content, edits?, before?}: which question it edits, and what was written before that. */
  get() {
    this.#stored = this.#tab.getItem(this.#slot) ?? this.#storage.getItem(this.#slot);
    return JSON.parse(this.#stored ?? "null") ?? { content: "" };
  }

  /** Stores a draft; removes an empty one. */
  set(draft) {
    if (draft.content || draft.edits) this.#store(JSON.stringify(draft));
    else this.#remove();
  }

  #store(draft) {
    this.#stored = draft;
    for (const storage of [this.#tab, this.#storage]) storage.setItem(this.#slot, draft);
  }

  #remove() {
    this.#tab.removeItem(this.#slot);
    if (this.#storage.getItem(this.#slot) === this.#stored) this.#storage.removeItem(this.#slot);
  }
}
