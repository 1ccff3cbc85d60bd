// One message on the page: shows what the log holds of it, at most once a frame. Knows nothing of
// the protocol. What it makes of an article must be what messages/_message.html makes of it.

import { OpenBlocks } from "./open-blocks.js";
import { patchText } from "./patch.js";
import { SectionList } from "./section-list.js";

export class MessageView {
  #article;
  #endings;
  #message;
  #frame = null;
  #phase;
  #blocks = new OpenBlocks();
  #sections;

  /** endings: a sentence for each status with which an answer can end badly. */
  constructor(article, endings) {
    this.#article = article;
    this.#endings = endings;
    this.#sections = new SectionList(this.#part("content"));
  }

  /** Shows the message, in the next frame, as it is by then. */
  show(message) {
    this.#message = message;
    this.#frame ??= requestAnimationFrame(() => this.render(this.#message));
  }

  /** Shows the message now. */
  render(message) {
    cancelAnimationFrame(this.#frame);
    this.#frame = null;
    this.#sections.show(this.#blocks.render(message.content));
    this.#showThinking(message);
    this.#showState(message);
  }

  #showThinking({ thinking, content, status }) {
    const text = this.#part("thinking");
    if (thinking) patchText(text.firstChild ?? text.appendChild(new Text()), thinking);
    else text.replaceChildren();
    this.#part("thoughts").hidden = !thinking;
    this.#unfold(status === "streaming" && thinking !== "" && content === "");
  }

  /** Opens the thoughts when they begin and closes them when they end; else it's up to the reader. */
  #unfold(isThinking) {
    if (this.#phase !== isThinking) this.#part("thoughts").open = isThinking;
    this.#phase = isThinking;
  }

  #showState({ status, seq, error, content, thinking }) {
    const isStreaming = status === "streaming";
    Object.assign(this.#article.dataset, { status, seq });
    this.#article.setAttribute("aria-busy", isStreaming);
    this.#part("waiting").hidden = !isStreaming || content !== "" || thinking !== "";
    this.#part("error").hidden = !(status in this.#endings);
    this.#part("error").textContent = error ?? this.#endings[status] ?? "";
    this.#action("stop").hidden = !isStreaming;
    this.#action("retry").hidden = isStreaming || this.#article.dataset.role !== "assistant";
  }

  #part(name) {
    return this.#article.querySelector(`.message-${name}`);
  }

  #action(name) {
    return this.#article.querySelector(`[data-action=${name}]`);
  }
}
