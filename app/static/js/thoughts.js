// What a model thought on the way to one answer: how long it has been thinking while it does, and
// how long it took. Open until the answer begins, unless the reader decides.

import { thoughtsTitle } from "./durations.js";
import { patchText } from "./patch.js";

const SECOND_MS = 1000;

export class Thoughts {
  #details;
  #summary;
  #text;
  #choices;
  #stats;
  #since; // the moment, by this page's clock, at which the thinking began
  #isThinking;
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
    if (thinking) patchText(this.#text.firstChild ?? this.#text.appendChild(new Text()), thinking);
    else this.#text.replaceChildren();
    this.#details.hidden = !thinking;
    this.#take(stats);
    this.#turn(id, status === "streaming" && thinking !== "" && content === "");
    this.#tell();
  }

  /** Counts from what the server says: how long it has been until now. */
  #take(stats) {
    if (this.#since !== undefined && stats === this.#stats) return;
    this.#stats = stats;
    this.#since = performance.now() - (stats?.thought_ms ?? 0);
  }

  #turn(id, isThinking) {
    if (this.#isThinking === isThinking) return;
    this.#isThinking = isThinking;
    this.#details.open = this.#choices.of(id) ?? isThinking;
    clearInterval(this.#timer);
    if (isThinking) this.#timer = setInterval(() => this.#tell(), SECOND_MS);
  }

  #tell() {
    const ms = this.#isThinking ? performance.now() - this.#since : this.#stats?.thought_ms;
    const title = thoughtsTitle(this.#isThinking, ms);
    if (this.#summary.textContent !== title) this.#summary.textContent = title;
  }
}
