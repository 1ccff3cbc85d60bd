// One message on the page: shows what the log holds of it. It knows nothing of the protocol. What it makes of
// an article must equal what messages/_message.html renders.

import { completeBlocks } from "./blocks.js";
import { statsLine } from "./formatting.js";
import { whenDrawable } from "./mathematics.js";
import { Painter, SectionList } from "./patching.js";
import { OpenBlocks } from "./rendering.js";
import { ThinkingView } from "./thinking.js";
import { renderTyped } from "./markdown/typed.js";

const ENDED_EARLY = new Set(["stopped", "interrupted", "failed"]);

export class MessageView {
  #article;
  #endings;
  #price;
  #message;
  #painter = new Painter(
    () => this.#paint(this.#message),
    () => this.#article.offsetHeight,
  );
  #blocks = new OpenBlocks();
  #sections;
  #thinking;
  #parts;
  #state = [];

  /** endings: a sentence for each status of an answer that is not complete; price: of its model, or undefined;
      choices: a ThinkingChoices. */
  constructor(article, endings, price, choices) {
    this.#article = article;
    [this.#endings, this.#price] = [endings, price];
    this.#parts = partsOf(article);
    this.#sections = new SectionList(this.#parts.content);
    this.#thinking = new ThinkingView(this.#parts.thoughts, choices);
  }

  /** Shows the message soon, as it is by then. */
  show(message) {
    this.#message = message;
    this.#painter.soon();
  }

  /** Shows the message now. */
  showNow(message) {
    this.#message = message;
    this.#painter.now();
  }

  #paint(message) {
    const isStreaming = message.status === "streaming";
    const sections = this.#render(message);
    if (isStreaming || this.#state[0] === "streaming") {
      const drawable = whenDrawable(sections);
      if (drawable) return drawable.then(() => this.#painter.soon()); // the first formula of a page
    }
    this.#sections.show(sections);
    completeBlocks(this.#sections.finished(!isStreaming));
    if (isStreaming) completeBlocks(this.#sections.open, false);
    this.#thinking.show(message);
    this.#article.dataset.seq = message.seq;
    const { status, error, note, content, thinking, stats } = message;
    this.#showState(status, error, note, stats, content !== "", thinking !== "");
    this.#parts.continue?.toggleAttribute("hidden", !canGoOn(message));
    return undefined;
  }

  /** Renders what has not come to its own end without half-open marks: as is_open() on the server says. */
  #render({ content, mentions, status, cut }) {
    if (this.#article.dataset.role === "user") return [renderTyped(content, mentions)];
    return this.#blocks.render(content, status !== "complete" || cut === true);
  }

  /** Does nothing if only the text has grown, which is the usual case. */
  #showState(...state) {
    if (state.every((part, index) => part === this.#state[index])) return;
    this.#state = state;
    const [status, error, note, stats, hasContent, hasThinking] = state;
    const isStreaming = status === "streaming";
    this.#article.dataset.status = status;
    this.#article.setAttribute("aria-busy", isStreaming);
    this.#parts.waiting.hidden = !isStreaming || hasContent || hasThinking;
    this.#showEnding(status, error, note);
    if (this.#parts.stats) this.#parts.stats.textContent = isStreaming ? "" : statsLine(stats, this.#price);
    this.#parts.copy.hidden = !hasContent;
    if (this.#parts.retry) this.#parts.retry.hidden = isStreaming || this.#article.dataset.role !== "assistant";
    if (this.#parts["retry-with"]) this.#parts["retry-with"].hidden = isStreaming;
  }

  /** The note of an answer that was stopped says who has stopped it. */
  #showEnding(status, error, note) {
    const isStopped = status === "stopped";
    this.#parts.error.hidden = !(status in this.#endings);
    this.#parts.error.textContent = error ?? (isStopped ? note : null) ?? this.#endings[status] ?? "";
    this.#parts.note.hidden = isStopped || !note;
    this.#parts.note.textContent = isStopped ? "" : (note ?? "");
  }
}

/** Whether an answer ended before it was complete, with some text: as can_go_on() on the server. */
function canGoOn({ status, content, cut }) {
  return (ENDED_EARLY.has(status) || cut === true) && content.trim() !== "";
}

/** Finds the parts once: in a long answer that takes time. */
function partsOf(article) {
  const parts = {};
  for (const name of ["thoughts", "waiting", "content", "note", "error", "stats"]) {
    parts[name] = article.querySelector(`.message-${name}`);
  }
  for (const name of ["copy", "retry", "retry-with", "continue"]) {
    parts[name] = article.querySelector(`[data-action=${name}]`);
  }
  return parts;
}
