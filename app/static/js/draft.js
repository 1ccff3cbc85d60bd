// What somebody has begun to write in a conversation: kept until it is sent, whatever happens meanwhile.

export class Draft {
  #storage;
  #slot;

  /** storage is like localStorage; reader names whose draft it is. */
  constructor(storage, reader, conversation) {
    this.#storage = storage;
    this.#slot = `draft:${reader}:${conversation}`;
  }

  /** Returns {content, edits?, before?}: which question it edits, and what was being written before that. */
  get() {
    return JSON.parse(this.#storage.getItem(this.#slot) ?? "null") ?? { content: "" };
  }

  /** Keeps it; what is empty is forgotten. */
  set(draft) {
    if (draft.content || draft.edits) this.#storage.setItem(this.#slot, JSON.stringify(draft));
    else this.#storage.removeItem(this.#slot);
  }
}
