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
  #parts;

  /** endings: a sentence for each status with which an answer can end badly. */
  constructor(article, endings) {
    this.#article = article;
    this.#endings = endings;
    this.#parts = partsOf(article);
    this.#sections = new SectionList(this.#parts.content);
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
    const text = this.#parts.thinking;
    if (thinking) patchText(text.firstChild ?? text.appendChild(new Text()), thinking);
    else text.replaceChildren();
    this.#parts.thoughts.hidden = !thinking;
    this.#unfold(status === "streaming" && thinking !== "" && content === "");
  }

  /** Opens the thoughts when they begin and closes them when they end; else it's up to the reader. */
  #unfold(isThinking) {
    if (this.#phase !== isThinking) this.#parts.thoughts.open = isThinking;
    this.#phase = isThinking;
  }

  #showState({ status, seq, error, content, thinking }) {
    const isStreaming = status === "streaming";
    Object.assign(this.#article.dataset, { status, seq });
    this.#article.setAttribute("aria-busy", isStreaming);
    this.#parts.waiting.hidden = !isStreaming || content !== "" || thinking !== "";
    this.#parts.error.hidden = !(status in this.#endings);
    this.#parts.error.textContent = error ?? this.#endings[status] ?? "";
    this.#parts.stop.hidden = !isStreaming;
    this.#parts.retry.hidden = isStreaming || this.#article.dataset.role !== "assistant";
  }
}

/** Looks the parts up once: in a long answer that takes time. */
function partsOf(article) {
  const parts = {};
  for (const name of ["thoughts", "thinking", "waiting", "content", "error"]) {
    parts[name] = article.querySelector(`.message-${name}`);
  }
  for (const name of ["stop", "retry"]) parts[name] = article.querySelector(`[data-action=${name}]`);
  return parts;
}
