// What a reader has written and the server does not have: the draft of a message, and questions on their way.

import { ACK_TIMEOUT_MS } from "midstream-reader/timeouts";

const MAX_LENGTH = 32_000; // code points, as the server counts

/** Returns why the server would refuse a question, in a sentence; undefined if it would not. */
export function problemWith(content, hasFiles = false) {
  if (!content.trim() && !hasFiles) return "Write something first.";
  const length = [...content].length;
  if (length > MAX_LENGTH) return `That is too long: ${count(length)} characters, ${count(MAX_LENGTH)} at most.`;
  if (content.includes("\0") || !content.isWellFormed()) return "That has characters in it that are no text.";
}

/**
 * Sends questions exactly once, however often the connection breaks: a question is stored until the server has
 * acknowledged it, and its idempotency key makes a second attempt the same question.
 *
 * Each question is stored under a key of its own, so that pages of one conversation don't overwrite each
 * other's. A page that is connected sends those of other pages too: they may have been closed.
 */
export class Outbox {
  #socket;
  #conversation;
  #storage;
  #prefix;
  #settled;
  #pending; // of this page: another page of the same conversation may have its own
  #refused = new Set(); // keys of other pages' questions, which are theirs to show
  #isSending = false;
  #isClosed = false;

  /**
   * storage is like localStorage; calls settled(question, error) with what became of this page's question.
   * storageOwner stands for the user in the storage's key: another user's questions are never sent.
   */
  constructor(socket, conversation, storage, settled, storageOwner = "") {
    [this.#socket, this.#conversation, this.#storage] = [socket, conversation, storage];
    this.#prefix = `outbox:${storageOwner}:${conversation}`;
    this.#settled = settled;
    this.#pending = this.#stored[0] ?? null;
    socket.on("connect", () => this.flush());
  }

  /** The question that waits for its acknowledgement: {key, content, edits?, model?, asks?, quotes?, files?}, or null. */
  get pending() {
    return this.#pending;
  }

  /** Sends a question, now or when it is connected again; one at a time. edits: the question it replaces; asks: models; quotes: a message; files: of ComposerFiles. */
  send(content, edits, model, asks, quotes, files) {
    const question = { key: newKey(), content, edits, model, asks, quotes, files, askedAt: Date.now() };
    const slot = `${this.#prefix}:${question.key}`;
    this.#storage.setItem(slot, JSON.stringify(question));
    this.#pending = { ...question, slot };
    this.flush();
  }

  /** Sends nothing any more: the reader may not. Questions stay stored. */
  close() {
    this.#isClosed = true;
  }

  /** Sends this page's question if it can, then those of other pages, in the order in which they were asked. */
  flush() {
    if (this.#isSending || this.#isClosed || !this.#socket.connected) return;
    const next = this.#pending ?? this.#stored.find(({ key }) => !this.#refused.has(key));
    if (next) this.#send(next);
  }

  #send(question) {
    this.#isSending = true;
    const { key, edits: id, model, asks, quotes } = question;
    const files = question.files?.map((file) => file.id);
    const content = question.content.trim() || !files?.length ? { content: question.content } : {};
    const asked = { conversation: this.#conversation, ...(quotes && { quotes }) };
    const [event, target] = id ? ["edit", { id }] : ["send", asked];
    const payload = { ...target, key, ...content, ...(model && { model }), ...(asks && { asks }), ...(files && { files }) };
    this.#socket.timeout(ACK_TIMEOUT_MS).emit(event, payload, (error, ack) => {
      this.#isSending = false;
      if (!error) this.#acknowledged(question, ack);
      this.flush();
    });
  }

  #acknowledged(question, ack) {
    const isOwn = question.key === this.#pending?.key;
    if (isOwn || ack.ok) this.#storage.removeItem(question.slot);
    else this.#refused.add(question.key);
    if (!isOwn) return;
    this.#pending = null;
    this.#settled(question, ack.ok ? null : ack);
  }

  /** The questions of all pages, the earliest first. */
  get #stored() {
    const slots = this.#storage.keys().filter((slot) => `${slot}:`.startsWith(`${this.#prefix}:`));
    const questions = slots.map((slot) => ({ ...JSON.parse(this.#storage.getItem(slot)), slot }));
    return questions.filter(({ key }) => key).sort((one, other) => (one.askedAt ?? 0) - (other.askedAt ?? 0));
  }
}

function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function count(number) {
  return number.toLocaleString("en-US");
}

/** What a reader has started to write in a conversation: stored until it is sent. */
export class Draft {
  #storage;
  #tab;
  #slot;
  #stored; // what this page has stored last; another page may have stored something since

  /**
   * storage is like localStorage and holds what was written last anywhere; tab is like sessionStorage and
   * holds what was written in this tab, which takes precedence. storageOwner stands for the user in their keys.
   */
  constructor(storage, tab, storageOwner, conversation) {
    [this.#storage, this.#tab] = [storage, tab];
    this.#slot = `draft:${storageOwner}:${conversation}`;
  }

  /** Returns {content, files?, edits?, textBeforeEdit?, filesBeforeEdit?}: edits is the id of the question that it
      replaces. */
  get() {
    this.#stored = this.#tab.getItem(this.#slot) ?? this.#storage.getItem(this.#slot);
    const { before, ...draft } = JSON.parse(this.#stored ?? "null") ?? { content: "" };
    return before === undefined ? draft : { ...draft, textBeforeEdit: before };
  }

  /** Stores a draft; removes an empty one. */
  set({ content, files = [], edits, textBeforeEdit, filesBeforeEdit = [] }) {
    const attached = { ...(files.length && { files }), ...(filesBeforeEdit.length && { filesBeforeEdit }) };
    const draft = { content, edits, before: textBeforeEdit, ...attached };
    if (content || edits || files.length) this.#store(JSON.stringify(draft));
    else this.#remove();
  }

  #store(draft) {
    this.#stored = draft;
    for (const storage of [this.#tab, this.#storage]) storage.setItem(this.#slot, draft);
  }

  #remove() {
    this.#tab.removeItem(this.#slot);
    if (this.#storage.getItem(this.#slot) === this.#stored) this.#storage.removeItem(this.#slot);
  }
}
