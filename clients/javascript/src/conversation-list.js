// What a reader holds of the list of its conversations, and how it keeps in step with the server.
// The socket is like socket.io's; the view has show(conversation) and remove(id).

import { isTransient } from "./access.js";
import { ACK_TIMEOUT_MS } from "./timeouts.js";

const INACTIVITY_MS = 60_000; // then the last event may have been lost
const RETRY_SECONDS = 1;
const MAX_HELD = 500; // conversations that are asked for again after a lost connection

/** The rule: of two states of a conversation, the one with the higher version counts. */
export class ConversationList {
  #view;
  #versions = new Map(); // by conversation, also of those that are no longer listed
  #listed = new Set();
  #changed = new Set(); // since the state was asked for

  /** listed: what the view shows already, each with its conversation and version. */
  constructor(view, listed = []) {
    this.#view = view;
    for (const { conversation, version } of listed) this.#hold(conversation, version);
  }

  /** How many conversations are listed. */
  get size() {
    return this.#listed.size;
  }

  /** Applies `listed` or `unlisted`; what is older than what the reader holds changes nothing. */
  apply(event, data) {
    const { conversation: id, version } = data;
    if (version <= (this.#versions.get(id) ?? -1)) return;
    this.#changed.add(id);
    this.#hold(id, version);
    if (event === "listed") return this.#view.show(data);
    this.#listed.delete(id);
    this.#view.remove(id);
  }

  /** Adds what the server has read just now; it may have been listed before, with the same version. */
  add(conversation) {
    const { conversation: id, version } = conversation;
    if (version === this.#versions.get(id) && !this.#listed.has(id)) this.#versions.delete(id);
    this.apply("listed", conversation);
  }

  /** The state is about to be asked for. */
  ask() {
    this.#changed.clear();
  }

  /** Takes over a state: what it lacks is gone, unless an event about it came after the question. */
  replace(state) {
    const ids = new Set(state.map(({ conversation }) => conversation));
    for (const id of this.#listed) {
      if (ids.has(id) || this.#changed.has(id)) continue;
      this.#listed.delete(id);
      this.#view.remove(id);
    }
    for (const conversation of state) this.add(conversation);
  }

  #hold(id, version) {
    this.#versions.set(id, version);
    this.#listed.add(id);
  }
}

/** Follows the list: asks for its state after every connection and after inactivity, and loads more of it. */
export class ListFollower {
  #socket;
  #list;
  #request;
  #continued; // called with the page token of what follows, or undefined
  #next;
  #asked = null; // the question that waits for its state
  #timer;

  /** request: fields of each request, such as {archived}; next: the page token after what is shown. */
  constructor(socket, list, request, next, continued = () => {}) {
    [this.#socket, this.#list, this.#request, this.#next] = [socket, list, request, next];
    this.#continued = continued;
    for (const event of ["listed", "unlisted"]) {
      socket.on(event, (data) => {
        list.apply(event, data);
        this.#wait(INACTIVITY_MS);
      });
    }
    socket.on("connect", () => this.#follow());
    socket.on("disconnect", () => this.#stop());
    if (socket.connected) this.#follow();
  }

  /** Loads a page more; promises whether there was one. */
  async more() {
    if (!this.#next || !this.#socket.connected || this.#asked) return false;
    const before = this.#next;
    const page = await this.#ask({ before });
    if (!page?.ok || this.#next !== before) return false;
    for (const conversation of page.conversations) this.#list.add(conversation);
    this.#continue(page.next);
    return true;
  }

  /** Asks for as much as is shown: what came while there was no connection may be anywhere. */
  async #follow() {
    const question = (this.#asked = {});
    const state = [];
    this.#list.ask();
    const least = Math.min(this.#list.size, MAX_HELD);
    let next;
    do {
      const page = await this.#ask({ follow: true, ...(next && { before: next }) });
      if (question !== this.#asked) return;
      if (!page?.ok) return this.#failed(page);
      state.push(...page.conversations);
      next = page.next;
    } while (next && state.length < least);
    this.#asked = null;
    this.#list.replace(state);
    this.#continue(next);
    this.#wait(INACTIVITY_MS);
  }

  #ask(fields) {
    const request = { ...this.#request, ...fields };
    return this.#socket.timeout(ACK_TIMEOUT_MS).emitWithAck("conversations", request).catch(() => null);
  }

  #failed(refusal) {
    this.#asked = null;
    if (!refusal || isTransient(refusal.error)) this.#wait((refusal?.retry_after ?? RETRY_SECONDS) * 1000);
  }

  #continue(next) {
    this.#next = next;
    this.#continued(next);
  }

  #wait(ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#socket.connected && this.#follow(), ms);
  }

  #stop() {
    clearTimeout(this.#timer);
    this.#asked = null;
  }
}
