// What the page of a conversation shows of what its channel brings.

import { MessageList } from "./message-list.js";

const NEWS = {
  streaming: "An answer has begun.",
  complete: "The answer is complete.",
  stopped: "The answer was stopped.",
  interrupted: "The answer was cut off.",
  failed: "The answer has failed.",
};
const REFUSALS = {
  not_found: ["You can't read this conversation any more.", "Load again"],
  unauthorized: ["You are signed out.", "Sign in"],
};
const GOING_ON = "An answer is going on.";

export class ConversationView {
  #main;
  #banner;
  #status;
  #list;
  #news;
  #statuses = new Map();

  /** news: latest.js, which is told of what may be out of sight. */
  constructor(main, banner, status, choices, news) {
    [this.#main, this.#banner, this.#status, this.#news] = [main, banner, status, news];
    const template = document.querySelector("#message-template");
    const about = { me: main.dataset.me, labels: JSON.parse(main.dataset.labels) };
    this.#list = new MessageList(this.#part("messages"), template, about, choices);
  }

  /** Returns what the page holds already: the beginning of a log. */
  take() {
    const messages = this.#list.take();
    for (const { id, status } of messages) this.#statuses.set(id, status);
    if (messages.some(({ status }) => status === "streaming")) this.#status.say(GOING_ON);
    const { position, revision } = this.#main.dataset;
    return { position: Number(position), revision: Number(revision), messages };
  }

  /** A message is new or has changed. */
  changed(message) {
    this.#list.show(message);
    this.#news.note(message.id);
    if (message.role === "user") this.#noteLastQuestion();
    if (message.role !== "user" && this.#statuses.get(message.id) !== message.status) {
      this.#statuses.set(message.id, message.status);
      this.#status.say(NEWS[message.status]);
    }
  }

  /** A message from further back is to be shown above the others. */
  recalled(message) {
    this.#list.show(message);
  }

  /** Messages are gone. */
  removed(ids) {
    this.#list.remove(ids);
    this.#news.forget(ids);
    this.#noteLastQuestion();
  }

  /** The article of the last question, if it is this reader's own: then it can be edited. */
  get ownQuestion() {
    const last = Array.from(this.#part("messages").querySelectorAll("[data-role=user]")).at(-1);
    return last?.dataset.own === "true" ? last : null;
  }

  /** The conversation has this title and these members. */
  described({ title, members }) {
    const heading = document.querySelector("[data-title]");
    heading.textContent = heading.title = title;
    document.querySelector("[data-members]").textContent = members.join(", ");
    document.title = `${title} · Midstream`;
  }

  /** Too much is missing to be sent: the page has it all. */
  startOver() {
    location.reload();
  }

  /** The reader may not, or not any more, read this. */
  refused(code) {
    const [sentence, label] = REFUSALS[code] ?? REFUSALS.not_found;
    this.#status.say(sentence);
    this.#banner.conclude(sentence, label, () => location.reload());
  }

  #noteLastQuestion() {
    this.#part("messages").toggleAttribute("data-edits", Boolean(this.ownQuestion));
  }

  #part(name) {
    return this.#main.querySelector(`[data-${name}]`);
  }
}
