// What a model thinks before an answer: how long it has been thinking, or how long it took. Open until the
// answer begins, unless the reader has opened or closed it.

import { thinkingTitle } from "./formatting.js";
import { patchText } from "./patching.js";

const SECOND_MS = 1000;
const LINE_END = /\r\n?/g;
const MAX_CHOICES = 100;

export class ThinkingView {
  #details;
  #summary;
  #text;
  #choices;
  #shown;
  #stats;
  #startedAt; // by this page's clock
  #isThinking;
  #isOpen; // by default
  #timer = null;

  /** choices: a ThinkingChoices. */
  constructor(details, choices) {
    this.#details = details;
    this.#summary = details.querySelector("summary");
    this.#text = details.querySelector(".message-thinking");
    this.#choices = choices;
  }

  /** Shows the thinking of a message. */
  show({ id, thinking, content, status, stats }) {
    this.#showText(thinking);
    this.#setStats(stats);
    const isUnanswered = thinking !== "" && content === "";
    this.#setOpen(id, isUnanswered);
    this.#setThinking(isUnanswered && status === "streaming");
    this.#showTitle();
  }

  // In a page that is loaded, HTML has normalized the line ends.
  #showText(thinking) {
    if (thinking === this.#shown) return;
    this.#shown = thinking;
    this.#details.hidden = !thinking;
    if (!thinking) return this.#text.replaceChildren();
    const text = this.#text.firstChild ?? this.#text.appendChild(new Text());
    patchText(text, thinking.replace(LINE_END, "\n"));
  }

  /** Continues from the server's count: how long it has been thinking until now. */
  #setStats(stats) {
    if (this.#startedAt !== undefined && stats === this.#stats) return;
    this.#stats = stats;
    this.#startedAt = performance.now() - (stats?.thought_ms ?? 0);
  }

  #setOpen(id, isOpen) {
    if (this.#isOpen === isOpen) return;
    this.#isOpen = isOpen;
    this.#choices.show(this.#details, id, isOpen);
  }

  #setThinking(isThinking) {
    if (this.#isThinking === isThinking) return;
    this.#isThinking = isThinking;
    clearInterval(this.#timer);
    if (isThinking) this.#timer = setInterval(() => this.#tick(), SECOND_MS);
  }

  #tick() {
    if (this.#details.isConnected) this.#showTitle();
    else clearInterval(this.#timer); // another page is shown
  }

  #showTitle() {
    const ms = this.#isThinking ? performance.now() - this.#startedAt : this.#stats?.thought_ms;
    const title = thinkingTitle(this.#isThinking, ms);
    if (this.#summary.textContent !== title) this.#summary.textContent = title;
  }
}

/** Which thinking this reader has opened or closed: stored, so that it stays as they left it. */
export class ThinkingChoices {
  #storage;
  #slot;
  #choices; // message id → isOpen, the latest last
  #isFollowing = true;
  #pending = new Map(); // details → message id, to be closed when the reader follows again

  /** storage is like localStorage; storageOwner stands for the user in its keys. */
  constructor(storage, storageOwner) {
    this.#storage = storage;
    this.#slot = `thoughts:${storageOwner}`;
    this.#choices = new Map(JSON.parse(storage.getItem(this.#slot) ?? "[]"));
  }

  /** Restores the choices in messages, and stores new ones. */
  listen(messages) {
    for (const article of messages.querySelectorAll(".message")) {
      const details = article.querySelector(".message-thoughts");
      details.open = this.#choices.get(article.id) ?? details.open;
    }
    messages.addEventListener("click", ({ target }) => {
      const details = target.closest(".message-thoughts > summary")?.parentElement;
      if (details) this.#store(details.closest(".message").id, !details.open);
    });
  }

  /** Opens or closes the details as the reader has chosen, or else by default. Closing would move the page
      for a reader who has scrolled up, so it waits until they follow again. */
  show(details, id, byDefault) {
    const isOpen = this.#choices.get(id) ?? byDefault;
    if (isOpen || this.#isFollowing) details.open = isOpen;
    else this.#pending.set(details, id);
  }

  /** The reader follows the text, or has scrolled up. */
  setFollowing(isFollowing) {
    this.#isFollowing = isFollowing;
    if (!isFollowing) return;
    for (const [details, id] of this.#pending) details.open = this.#choices.get(id) ?? false;
    this.#pending.clear();
  }

  #store(id, isOpen) {
    this.#choices.delete(id);
    this.#choices.set(id, isOpen);
    this.#storage.setItem(this.#slot, JSON.stringify([...this.#choices].slice(-MAX_CHOICES)));
  }
}
