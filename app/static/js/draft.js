// What a reader has started to write in a conversation: stored until it is sent.

export class Draft {
  #storage;
  #tab;
  #slot;
  #stored; // what this page has stored last; another page may have stored something since

  /**
   * storage is like localStorage and holds what was written last anywhere; tab is like sessionStorage and
   * holds what was written in this tab, which takes precedence. storageOwner stands for the user in their keys.
   */
  constructor(storage, tab, storageOwner, conversation) {
    [this.#storage, this.#tab] = [storage, tab];
    this.#slot = `draft:${storageOwner}:${conversation}`;
  }

  /** Returns {content, edits?, textBeforeEdit?}: edits is the id of the question that it replaces. */
  get() {
    this.#stored = this.#tab.getItem(this.#slot) ?? this.#storage.getItem(this.#slot);
    const { before, ...draft } = JSON.parse(this.#stored ?? "null") ?? { content: "" };
    return before === undefined ? draft : { ...draft, textBeforeEdit: before };
  }

  /** Stores a draft; removes an empty one. */
  set({ content, edits, textBeforeEdit }) {
    if (content || edits) this.#store(JSON.stringify({ content, edits, before: textBeforeEdit }));
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
