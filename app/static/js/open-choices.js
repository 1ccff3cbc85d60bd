// Which thoughts this reader has opened or closed: remembered, so that they are as they were left.

const KEPT = 100; // the latest

export class OpenChoices {
  #storage;
  #slot;
  #choices; // [id, isOpen], the latest last
  #follows = true;
  #late = new Map(); // thoughts → id, to be closed when the reader follows again

  /** storage is like localStorage; reader names whose choices these are. */
  constructor(storage, reader) {
    this.#storage = storage;
    this.#slot = `thoughts:${reader}`;
    this.#choices = new Map(JSON.parse(storage.getItem(this.#slot) ?? "[]"));
  }

  /** Returns true or false as the reader has decided; undefined where they have not. */
  of(id) {
    return this.#choices.get(id);
  }

  /** Remembers a choice. */
  set(id, isOpen) {
    this.#choices.delete(id);
    this.#choices.set(id, isOpen);
    this.#storage.setItem(this.#slot, JSON.stringify([...this.#choices].slice(-KEPT)));
  }

  /** Opens or closes thoughts as the reader has decided, or else by default. Closing would move the page
      under the eyes of a reader who has scrolled up, and waits until they are back. */
  show(details, id, byDefault) {
    const isOpen = this.of(id) ?? byDefault;
    if (isOpen || this.#follows) details.open = isOpen;
    else this.#late.set(details, id);
  }

  /** The reader follows what comes, or does not. */
  turn(follows) {
    this.#follows = follows;
    if (!follows) return;
    for (const [details, id] of this.#late) details.open = this.of(id) ?? false;
    this.#late.clear();
  }

  /** Opens and closes what is on the page as it was left, and listens for new choices. */
  keep(messages) {
    for (const article of messages.querySelectorAll(".message")) {
      const details = article.querySelector(".message-thoughts");
      details.open = this.of(article.id) ?? details.open;
    }
    messages.addEventListener("click", ({ target }) => {
      const details = target.closest(".message-thoughts > summary")?.parentElement;
      if (details) this.set(details.closest(".message").id, !details.open);
    });
  }
}
