// What a reader holds of a conversation, and the one rule by which it keeps in step.
// No DOM and no socket: conversation-channel.js brings the events and acts on the outcomes.

import { Horizon } from "./horizon.js";

const BEGINNINGS = new Set(["message", "current_state"]);
const PROGRESS = new Set([...BEGINNINGS, "chunk", "streaming_end"]);

export class MessageLog {
  messages = new Map(); // id → {id, seq, status, content, thinking, error?, position?, role?, …}
  #removed = new Set();

  /** position, revision and messages are those of the page; without a page there are none yet. */
  constructor(conversation, { position = null, revision = null, messages = [] } = {}) {
    this.conversation = conversation;
    this.horizon = new Horizon(position, revision);
    for (const message of messages) this.#replace(message);
  }

  /** Takes an event in; returns "ignored", "replaced", "appended", "removed" or "rejoin". */
  apply(event, data) {
    if (event === "rejoin") return "rejoin";
    if (event === "removed") return this.#remove(data);
    this.horizon.hear(data);
    const outcome = PROGRESS.has(event) ? this.#follow(event, data) : "ignored";
    return event === "message" ? this.#place(data, outcome) : outcome;
  }

  /** The rule. */
  #follow(event, data) {
    const message = this.messages.get(data.id);
    if (this.#removed.has(data.id)) return "ignored";
    if (!message && !(BEGINNINGS.has(event) && data.since === 0)) return "rejoin";
    if (message && data.seq <= message.seq) return "ignored";
    if (data.since === 0) return this.#replace(data);
    if (data.since === message.seq) return this.#append(message, data);
    return "rejoin";
  }

  #replace(data) {
    const known = this.messages.get(data.id);
    this.messages.set(data.id, { ...known, content: "", thinking: "", ...data });
    return "replaced";
  }

  #append(message, { content = "", thinking = "", seq, status, error, stats }) {
    message.content += content;
    message.thinking += thinking;
    [message.seq, message.status, message.error] = [seq, status, error];
    if (stats) message.stats = { ...message.stats, ...stats };
    return "appended";
  }

  /** Where a `current_state` came first, only its `message` tells who speaks, and where. */
  #place({ id, position, role, author, sender, bot, model, created_at }, outcome) {
    this.horizon.reach(position);
    const message = this.messages.get(id);
    if (!message || message.position !== undefined) return outcome;
    Object.assign(message, { position, role, author, sender, bot, model, created_at });
    return "replaced";
  }

  #remove({ ids, revision }) {
    const known = ids.every((id) => this.messages.has(id) || this.#removed.has(id));
    for (const id of ids) {
      this.messages.delete(id);
      this.#removed.add(id);
    }
    this.horizon.remove(revision, known);
    return "removed";
  }

  /** Takes in messages from further back; returns those that were not held. */
  recall(messages) {
    const unknown = messages.filter(({ id }) => !this.messages.has(id) && !this.#removed.has(id));
    for (const message of unknown) this.#replace(message);
    return unknown.map(({ id }) => this.messages.get(id));
  }

  /** The messages that are believed to be streaming. */
  streaming() {
    return [...this.messages.values()].filter((message) => message.status === "streaming");
  }

  /** What a join tells the server. */
  holding() {
    const have = Object.fromEntries(this.streaming().map(({ id, seq }) => [id, seq]));
    return { conversation: this.conversation, ...this.horizon.holding(), have };
  }

  /** Holds nothing any more: the next join asks for the last page. */
  forget() {
    this.messages.clear();
    this.horizon = new Horizon();
  }
}
