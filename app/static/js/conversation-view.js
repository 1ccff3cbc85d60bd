// The view of a JoinLoop: what the page of a conversation shows of it.

import { isolated } from "./formatting.js";
import { MessageList } from "./message-list.js";
import { setTitle } from "./new-messages.js";
import { FORMER } from "./reactions.js";

const STATUSES = {
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
const ANSWERING = "An answer is going on.";

export class ConversationView {
  #main;
  #banner;
  #status;
  #list;
  #refusals;
  #statuses = new Map();
  #others = [];
  #version; // of what describes the conversation: the higher one counts

  /**
   * banner, status: what reports about the connection; choices: a ThinkingChoices; refusals: a sentence and the label of
   * a button, by the code of an error.
   */
  constructor(main, { banner, status }, choices, refusals = REFUSALS) {
    this.#refusals = refusals;
    [this.#main, this.#banner, this.#status] = [main, banner, status];
    this.#version = Number(main.dataset.version);
    const template = document.querySelector("#message-template");
    const [labels, prices] = [main.dataset.labels, main.dataset.prices].map((json) => JSON.parse(json));
    const settings = { me: main.dataset.me, labels, prices };
    this.#list = new MessageList(this.#part("messages"), template, settings, choices);
  }

  /**
   * Tells others, too, that show something of it, what it is told: described(data), changed(message), removed(ids),
   * inStep() and refused(); also added(), after a new message, earlier(message), after one from an earlier page, and
   * streaming(id) of an answer or of none. All of these are optional.
   */
  alsoTell(...others) {
    this.#others = others;
  }

  /** Returns what the page was loaded with, as a MessageLog takes it. */
  read() {
    const messages = this.#list.read();
    for (const { id, status } of messages) this.#statuses.set(id, status);
    if (messages.some(({ status }) => status === "streaming")) this.#status.report(ANSWERING);
    const { position, revision } = this.#main.dataset;
    return { position: Number(position), revision: Number(revision), messages };
  }

  /** A message is new or has changed. */
  changed(message) {
    const isNew = !this.#statuses.has(message.id);
    this.#list.show(message);
    this.#tell("changed", message);
    if (this.#statuses.get(message.id) !== message.status) {
      this.#statuses.set(message.id, message.status);
      if (message.role !== "user") this.#reportStatus(message.status);
    }
    if (isNew) this.#tell("added");
  }

  /** Shows a message from an earlier page. */
  addEarlier(message) {
    this.#list.show(message);
    this.#tell("earlier", message);
  }

  /** Messages were removed. */
  removed(ids) {
    this.#list.remove(ids);
    for (const id of ids) this.#statuses.delete(id);
    this.#tell("removed", ids);
    this.#tellStreaming();
  }

  /** All that was missing has come. */
  inStep() {
    this.#tell("inStep");
  }

  /** The reader has chosen a version, which has this id now; the focus was on that button. */
  chosen(id, button, hadFocus) {
    const versions = document.getElementById(id)?.querySelector(".message-versions");
    if (!versions) return;
    versions.scrollIntoView({ block: "nearest" });
    const again = versions.querySelector(`[aria-label="${button.getAttribute("aria-label")}"]:enabled`);
    if (hadFocus) (again ?? versions.querySelector(":enabled")).focus({ preventScroll: true });
    const [number, count] = ["number", "count"].map((name) => versions.querySelector(`[data-${name}]`).textContent);
    this.#status.report(`Version ${number} of ${count} is shown.`);
  }

  /** The article of the last question, if it is this reader's, who can edit it. */
  get ownQuestion() {
    const last = Array.from(this.#part("messages").querySelectorAll("[data-role=user]")).at(-1);
    return last?.dataset.own === "true" ? last : null;
  }

  /** The conversation has this title and these members; `people` says what each may do. */
  described({ version = this.#version, ...data }) {
    if (version < this.#version) return;
    this.#version = version;
    const { title, members, people } = data;
    const heading = document.querySelector("[data-title]");
    heading.textContent = heading.title = title;
    document.querySelector("[data-members]")?.replaceChildren(...members.flatMap(isolated));
    setTitle(`${title} · Midstream`);
    this.#tell("described", data);
    if (people) this.#setRole(people.find(({ sender }) => sender === this.#main.dataset.me)?.role);
  }

  /** Somebody has deleted their account: what they wrote is a former member's. */
  former(sender) {
    this.#list.renameAuthor(sender, FORMER);
  }

  /** Too much is missing; the server renders all of it. */
  startOver() {
    location.reload();
  }

  /** The reader can't read the conversation, or no longer. */
  refused(code) {
    const [sentence, label] = this.#refusals[code] ?? this.#refusals.not_found;
    this.#status.report(sentence);
    this.#banner.showForever(sentence, label, () => location.reload());
    this.#main.dataset.refused = "";
    this.#tell("refused");
  }

  /** A reader has nothing to write with, until that changes. */
  #setRole(role) {
    this.#main.dataset.writes = String(role !== "reader");
    document.querySelector("[data-lead]").dataset.owner = String(role === "owner");
  }

  #reportStatus(status) {
    this.#status.report(STATUSES[status]);
    this.#tellStreaming();
  }

  #tell(what, data) {
    for (const other of this.#others) other[what]?.(data);
  }

  #tellStreaming() {
    const [id] = Array.from(this.#statuses).find(([, status]) => status === "streaming") ?? [];
    this.#tell("streaming", id);
  }

  #part(name) {
    return this.#main.querySelector(`[data-${name}]`);
  }
}
