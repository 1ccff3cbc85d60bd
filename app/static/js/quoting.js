// Quotes a message, or what the reader has selected of it, in the composer: as quotation() in app/views/quoting.py.

const LENGTH = 2000; // characters of a message
const GAP_PX = 6;

export class Quoting {
  #messages;
  #button;
  #composer;
  #markdownOf;

  /**
   * messages: the element that has them; button: to quote what is selected; markdownOf(article) promises its Markdown;
   * signal: another page takes the place of this one.
   */
  constructor(messages, button, composer, markdownOf, signal) {
    [this.#messages, this.#button] = [messages, button];
    [this.#composer, this.#markdownOf] = [composer, markdownOf];
    document.addEventListener("selectionchange", () => this.#selected(), { signal });
    button.addEventListener("pointerdown", (event) => event.preventDefault()); // which would end the selection
    button.addEventListener("click", () => this.quote(this.#passage.article));
  }

  /** Quotes what is selected of a message, or all of it. */
  async quote(article) {
    const { text } = this.#passage.article === article ? this.#passage : { text: await this.#markdownOf(article) };
    const name = article.querySelector(".message-author").textContent;
    const author = article.dataset.role === "assistant" ? name.split(" (")[0] : name; // of a model, without what it is
    getSelection().removeAllRanges();
    this.#composer.quote(quotation(author, text), article.id);
  }

  #selected() {
    const { article, range } = this.#passage;
    this.#button.hidden = !article;
    if (!article) return;
    const { bottom, left, right } = range.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.#button;
    const start = Math.min(Math.max((left + right - width) / 2, GAP_PX), window.innerWidth - width - GAP_PX);
    const top = Math.min(bottom + GAP_PX, window.innerHeight - height - GAP_PX);
    Object.assign(this.#button.style, { left: `${start}px`, top: `${top}px` });
  }

  /** What is selected, if that is in one message: {article, range, text}. A whole line ends after the text. */
  get #passage() {
    const selection = getSelection();
    const text = selection.toString().trim();
    if (!text || selection.rangeCount === 0) return {};
    const range = selection.getRangeAt(0);
    const article = closest(range.startContainer, ".message-content")?.closest(".message");
    const isIn = this.#messages.contains(article ?? null) && closest(range.endContainer, ".message") === article;
    return isIn ? { article, range, text } : {};
  }
}

function closest(node, selector) {
  return (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement).closest(selector);
}

/** Returns a text with each line after `> `, and before it who said it. */
function quotation(author, text) {
  const lines = [...text].slice(0, LENGTH).join("").trim().split("\n");
  return [`${author}:`, ...lines].map((line) => `${`> ${line}`.trimEnd()}\n`).join("") + "\n";
}
