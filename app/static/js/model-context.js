// What the models get of a conversation: how they are told to answer, and the mark before the first message that they
// are still sent. Both as show.html renders them.

const EFFORTS = { low: "little", medium: "some", high: "much" };
const NO_LONGER_SENT = "Earlier messages are no longer sent to the model";

export class ModelContext {
  #messages;
  #instructions;
  #earlier;
  #sentFrom;

  /** instructions, messages: the elements that have them; earlier: the one that leads to earlier messages, if any. */
  constructor(instructions, messages, earlier, sentFrom) {
    [this.#instructions, this.#messages, this.#earlier] = [instructions, messages, earlier];
    this.#sentFrom = sentFrom;
  }

  /** The models are told this, and sent what was said from this position on; 0: everything. */
  described({ settings, sent_from: sentFrom = 0 }) {
    this.#sentFrom = sentFrom;
    this.#placeMark();
    this.#tell(settings);
  }

  /** An earlier message has come. */
  earlier() {
    this.#placeMark();
  }

  /** Messages were removed. */
  removed() {
    this.#placeMark();
  }

  #tell(settings) {
    this.#instructions.hidden = !settings;
    this.#instructions.querySelector("[data-system-prompt]").textContent = settings?.system_prompt ?? "";
    this.#instructions.querySelector("[data-parameters]").textContent = parameters(settings ?? {});
  }

  #placeMark() {
    const first = this.#firstSent;
    const mark = this.#messages.querySelector("[data-context-mark]") ?? createMark();
    if (!first) mark.remove();
    else if (first.previousElementSibling !== mark) first.before(mark);
  }

  /** The first message that is sent, where others before it are not, and it is on this page. */
  get #firstSent() {
    const articles = Array.from(this.#messages.querySelectorAll(".message"));
    const at = articles.findIndex(({ dataset }) => Number(dataset.position) >= this.#sentFrom);
    const isFirst = at === 0 && this.#earlier?.isConnected && Number(articles[0].dataset.position) === this.#sentFrom;
    return this.#sentFrom && (at > 0 || isFirst) ? articles[at] : null;
  }
}

function parameters({ temperature, effort }) {
  const parts = [];
  if (temperature !== undefined) parts.push(`Temperature ${temperature}`);
  if (effort) parts.push(`Thinking: ${EFFORTS[effort] ?? effort}`);
  return parts.join(" · ");
}

function createMark() {
  const mark = document.createElement("p");
  mark.className = "context-mark";
  mark.dataset.contextMark = "";
  mark.textContent = NO_LONGER_SENT;
  return mark;
}
