// The mark above the first message that the reader has not read. The server renders it; it stays where it is while
// the page is seen, and moves while it is hidden.

export class NewMark {
  #messages;
  #readMark;

  /** messages: the element that has them; readMark: a ReadMark. */
  constructor(messages, readMark, socket, signal) {
    [this.#messages, this.#readMark] = [messages, readMark];
    for (const event of ["message", "streaming_end", "listed"]) socket.on(event, () => this.#arrived());
    document.addEventListener("visibilitychange", () => document.hidden || this.#place(), { signal });
  }

  #arrived() {
    if (document.hidden) queueMicrotask(() => this.#place()); // when the page shows the message
  }

  #place() {
    const { read } = this.#readMark;
    const isNew = ({ dataset: { position, own, status } }) =>
      Number(position) > read && own !== "true" && status !== "streaming";
    const first = read && Array.from(this.#messages.querySelectorAll(".message")).find(isNew);
    const mark = this.#messages.querySelector("[data-new-mark]") ?? create();
    if (!first) mark.remove();
    else if (first.previousElementSibling !== mark) first.before(mark);
  }
}

function create() {
  const mark = document.createElement("p");
  mark.className = "new-mark";
  mark.dataset.newMark = "";
  mark.textContent = "New";
  return mark;
}
