// One message on the page: shows what the log holds of it, a few times a second. Knows nothing of
// the protocol. What it makes of an article must be what messages/_message.html makes of it.

import { finishCode } from "./code-blocks.js";
import { statsLine } from "./durations.js";
import { OpenBlocks } from "./open-blocks.js";
import { Painter } from "./painter.js";
import { SectionList } from "./section-list.js";
import { Thoughts } from "./thoughts.js";

export class MessageView {
  #article;
  #endings;
  #message;
  #painter = new Painter(() => this.#paint(this.#message));
  #blocks = new OpenBlocks();
  #sections;
  #thoughts;
  #parts;
  #state = [];

  /** endings: a sentence for each status with which an answer can end badly; choices: open-choices.js. */
  constructor(article, endings, choices) {
    this.#article = article;
    this.#endings = endings;
    this.#parts = partsOf(article);
    this.#sections = new SectionList(this.#parts.content);
    this.#thoughts = new Thoughts(this.#parts.thoughts, choices);
  }

  /** Shows the message soon, as it is by then. */
  show(message) {
    this.#message = message;
    this.#painter.soon();
  }

  /** Shows the message now. */
  render(message) {
    this.#message = message;
    this.#painter.now();
  }

  #paint(message) {
    this.#sections.show(this.#blocks.render(message.content));
    finishCode(this.#sections.finished(message.status !== "streaming"));
    this.#thoughts.show(message);
    this.#article.dataset.seq = message.seq;
    const { status, error, content, thinking, stats } = message;
    this.#showState(status, error, stats, content !== "", thinking !== "");
  }

  /** Mostly there is but more text: then nothing of this has changed. */
  #showState(...state) {
    if (state.every((part, index) => part === this.#state[index])) return;
    this.#state = state;
    const [status, error, stats, hasContent, hasThinking] = state;
    const isStreaming = status === "streaming";
    this.#article.dataset.status = status;
    this.#article.setAttribute("aria-busy", isStreaming);
    this.#parts.waiting.hidden = !isStreaming || hasContent || hasThinking;
    this.#parts.error.hidden = !(status in this.#endings);
    this.#parts.error.textContent = error ?? this.#endings[status] ?? "";
    this.#parts.stats.textContent = isStreaming ? "" : statsLine(stats);
    this.#parts.copy.hidden = !hasContent;
    this.#parts.retry.hidden = isStreaming || this.#article.dataset.role !== "assistant";
    this.#hideStop(!isStreaming);
  }

  /** Hands the focus on, if the button has it. */
  #hideStop(isHidden) {
    const { stop, retry } = this.#parts;
    if (isHidden && document.activeElement === stop) retry.focus();
    stop.hidden = isHidden;
  }
}

/** Looks the parts up once: in a long answer that takes time. */
function partsOf(article) {
  const parts = {};
  for (const name of ["thoughts", "waiting", "content", "error", "stats"]) {
    parts[name] = article.querySelector(`.message-${name}`);
  }
  for (const name of ["copy", "stop", "retry"]) parts[name] = article.querySelector(`[data-action=${name}]`);
  return parts;
}
