// What a reader holds of a conversation, and the one rule that keeps it in step with the server.
// It knows neither a page nor a socket: join-loop.js passes events in and acts on the outcomes.

import { Cursor } from "./cursor.js";
import { EarlyEvents } from "./early.js";

export const CHANGES = new Set(["replaced", "appended"]); // the outcomes of events that change a message

const ABOUT = [
  ...["position", "role", "author", "sender", "bot", "model", "asks", "mentions", "quotes", "files", "reacted", "reactions"],
  ...["version", "versions", "created_at"],
];
const BEGINNINGS = new Set(["message", "current_state"]);
const PROGRESS = new Set([...BEGINNINGS, "chunk", "streaming_end"]);

export class MessageLog {
  messages = new Map(); // id → {id, seq, status, content, thinking, error?, note?, position?, role?, …}
  #removed = new Set();
  #early = new EarlyEvents();
  #atJoin = new Map(); // id → {seq, content, thinking} as stated in the last join: its state continues it
  #cursor;

  /** position, revision and messages are what a page was loaded with; without a page there are none. */
  constructor(conversation, { position = null, revision = null, messages = [] } = {}) {
    this.conversation = conversation;
    this.#cursor = new Cursor(position, revision);
    for (const message of messages) this.#replace(message);
  }

  /** Applies an event; returns "ignored", "early", "replaced", "appended", "removed" or "rejoin". */
  apply(event, data) {
    if (event === "rejoin") return "rejoin";
    if (event === "removed") return this.#remove(data);
    this.#cursor.observe(data);
    const outcome = PROGRESS.has(event) ? this.#follow(event, data) : "ignored";
    if (CHANGES.has(outcome)) this.#followEarly(data.id);
    return event === "message" ? this.#place(data, outcome) : outcome;
  }

  /** The rule. */
  #follow(event, data) {
    const message = this.messages.get(data.id);
    if (this.#removed.has(data.id)) return "ignored";
    if (!message && !(BEGINNINGS.has(event) && data.since === 0)) return this.#keep(event, data);
    if (message && data.seq <= message.seq) return "ignored";
    if (data.since === 0) return this.#replace(data);
    if (data.since === this.#atJoin.get(data.id)?.seq) this.#cutBack(message);
    if (data.since === message.seq) return this.#append(message, data);
    return this.#keep(event, data);
  }

  /** Chunks have overtaken the state of the last join, which contains them. */
  #cutBack(message) {
    Object.assign(message, this.#atJoin.get(message.id));
  }

  #keep(event, data) {
    this.#early.keep(event, data);
    return "early";
  }

  /** A message has changed: the events about it that came too early may fit now. */
  #followEarly(id) {
    for (const [event, data] of this.#early.take(id)) this.#follow(event, data);
  }

  #replace(data) {
    const known = this.messages.get(data.id);
    const empty = { content: "", thinking: "", error: undefined, note: undefined, cut: undefined };
    this.messages.set(data.id, { ...known, ...empty, ...data });
    return "replaced";
  }

  #append(message, { content = "", thinking = "", seq, status, error, note, cut, stats }) {
    message.content += content;
    message.thinking += thinking;
    Object.assign(message, { seq, status, error, note, cut });
    if (stats) message.stats = { ...message.stats, ...stats };
    return "appended";
  }

  /** If `current_state` came first, only `message` says who wrote the message and where it stands. */
  #place({ id, ...data }, outcome) {
    this.#cursor.reached(data.position);
    const message = this.messages.get(id);
    if (!message || message.position !== undefined) return outcome;
    for (const key of ABOUT) message[key] = data[key];
    return "replaced";
  }

  #remove({ ids, revision }) {
    const wereKnown = ids.every((id) => this.messages.has(id) || this.#removed.has(id));
    for (const id of ids) {
      this.messages.delete(id);
      this.#early.take(id);
      this.#removed.add(id);
    }
    this.#cursor.removed(revision, wereKnown);
    return "removed";
  }

  /** Whether the server has something that this log lacks. */
  get isBehind() {
    return this.#cursor.isBehind || this.#early.isWaiting;
  }

  /** The messages that are streaming, as far as the reader knows. */
  get streaming() {
    return [...this.messages.values()].filter((message) => message.status === "streaming");
  }

  /** Returns the payload of a join request. */
  joinRequest() {
    const have = Object.fromEntries(this.streaming.map(({ id, seq }) => [id, seq]));
    return { conversation: this.conversation, ...this.#cursor.joinFields(), have };
  }

  /** A join is sent: its state will contain what came too early so far. */
  joining() {
    this.#early.clear();
    this.#atJoin = new Map(this.streaming.map(({ id, seq, content, thinking }) => [id, { seq, content, thinking }]));
  }

  /** A join was acknowledged, with this position and revision. */
  joined(ack) {
    this.#cursor.joined(ack);
  }

  /** Adds messages from an earlier page; returns those that were not in the log. */
  addEarlier(messages) {
    const unknown = messages.filter(({ id }) => !this.messages.has(id) && !this.#removed.has(id));
    for (const message of unknown) this.#replace(message);
    return unknown.map(({ id }) => this.messages.get(id));
  }

  /** Forgets all messages: the next join requests the last page. */
  forget() {
    this.messages.clear();
    this.#early.clear();
    this.#atJoin.clear();
    this.#cursor = new Cursor();
  }
}
