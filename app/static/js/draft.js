// What somebody has begun to write in a conversation: kept until it is sent, whatever happens meanwhile.

export class Draft {
  #storage;
  #tab;
  #slot;
  #kept; // what this page has kept last: another one may have written since

  /** storage is like localStorage, and what was written last; tab is like sessionStorage, and what was
      written here, which comes first. reader names whose draft it is. */
  constructor(storage, tab, reader, conversation) {
    [this.#storage, this.#tab] = [storage, tab];
    this.#slot = `draft:${reader}:${conversation}`;
  }

  /** Returns {content, edits?, before?}: which question it edits, and what was being written before that. */
  get() {
    this.#kept = this.#tab.getItem(this.#slot) ?? this.#storage.getItem(this.#slot);
    return JSON.parse(this.#kept ?? "null") ?? { content: "" };
  }

  /** Keeps it; what is empty is forgotten. */
  set(draft) {
    if (draft.content || draft.edits) this.#keep(JSON.stringify(draft));
    else this.#forget();
  }

  #keep(kept) {
    this.#kept = kept;
    for (const storage of [this.#tab, this.#storage]) storage.setItem(this.#slot, kept);
  }

  #forget() {
    this.#tab.removeItem(this.#slot);
    if (this.#storage.getItem(this.#slot) === this.#kept) this.#storage.removeItem(this.#slot);
  }
}
