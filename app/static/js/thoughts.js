// What a model thought on the way to one answer: how long it has been thinking while it does, and
// how long it took. Open until the answer begins, if it ever does, unless the reader decides.

import { thoughtsTitle } from "./durations.js";
import { patchText } from "./patch.js";

const SECOND_MS = 1000;
const LINE_END = /\r\n?/g;

export class Thoughts {
  #details;
  #summary;
  #text;
  #choices;
  #written;
  #stats;
  #since; // the moment, by this page's clock, at which the thinking began
  #isThinking;
  #isOpen; // by default
  #timer = null;

  /** choices: what the reader has decided, by message; see open-choices.js. */
  constructor(details, choices) {
    this.#details = details;
    this.#summary = details.querySelector("summary");
    this.#text = details.querySelector(".message-thinking");
    this.#choices = choices;
  }

  /** Shows what a message says of its thinking. */
  show({ id, thinking, content, status, stats }) {
    this.#write(thinking);
    this.#details.hidden = !thinking;
    this.#take(stats);
    const isUnanswered = thinking !== "" && content === "";
    this.#open(id, isUnanswered);
    this.#count(isUnanswered && status === "streaming");
    this.#tell();
  }

  // A page that is loaded has its line ends as HTML has them.
  #write(thinking) {
    if (thinking === this.#written) return;
    this.#written = thinking;
    if (!thinking) return this.#text.replaceChildren();
    const text = this.#text.firstChild ?? this.#text.appendChild(new Text());
    patchText(text, thinking.replace(LINE_END, "\n"));
  }

  /** Counts from what the server says: how long it has been until now. */
  #take(stats) {
    if (this.#since !== undefined && stats === this.#stats) return;
    this.#stats = stats;
    this.#since = performance.now() - (stats?.thought_ms ?? 0);
  }

  #open(id, isOpen) {
    if (this.#isOpen === isOpen) return;
    this.#isOpen = isOpen;
    this.#choices.show(this.#details, id, isOpen);
  }

  #count(isThinking) {
    if (this.#isThinking === isThinking) return;
    this.#isThinking = isThinking;
    clearInterval(this.#timer);
    if (isThinking) this.#timer = setInterval(() => this.#tell(), SECOND_MS);
  }

  #tell() {
    const ms = this.#isThinking ? performance.now() - this.#since : this.#stats?.thought_ms;
    const title = thoughtsTitle(this.#isThinking, ms);
    if (this.#summary.textContent !== title) this.#summary.textContent = title;
  }
}
