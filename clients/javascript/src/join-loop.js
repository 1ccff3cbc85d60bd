// Keeps a log in step with the server: joins its conversation, and decides when to join again.
// The socket is like socket.io's: connected, on, emit, timeout(ms).emit(…, (error, ack)).
//
// The view is notified by these methods, each of which is optional:
//   changed(message), removed(ids), described({title, members}), inStep(),
//   refused(code, sentence): the reader can't read the conversation, and nothing else will come,
//   startOver(): too much is missing; a page reloads itself. Without it the server sends everything again.

import { isTransient } from "./access.js";
import { PendingJoin } from "./backoff.js";
import { InactivityTimer } from "./inactivity.js";
import { CHANGES } from "./rule.js";
import { ACK_TIMEOUT_MS } from "./timeouts.js";

const EVENTS = ["message", "current_state", "chunk", "streaming_end", "conversation", "removed", "rejoin"];

export class JoinLoop {
  #socket;
  #log;
  #view;
  #unanswered;
  #inFlight = null; // the join that waits for its acknowledgement
  #isRequested = false; // another join follows it
  #isClosed = false;
  #pendingJoin = new PendingJoin(() => this.#send());
  #inactivity = new InactivityTimer(() => this.join());

  /** Calls unanswered() if a join is not acknowledged in time; by default it joins again. */
  constructor(socket, log, view, unanswered = () => this.join()) {
    [this.#socket, this.#log, this.#view, this.#unanswered] = [socket, log, view, unanswered];
    for (const event of EVENTS) socket.on(event, (data) => this.#receive(event, data));
    socket.on("connect", () => this.#connected());
    socket.on("disconnect", () => this.#disconnected());
    if (socket.connected) this.#connected();
  }

  /** Joins; while a join is in flight, once more after it. */
  join() {
    if (this.#isClosed || !this.#socket.connected) return;
    if (this.#inFlight) this.#isRequested = true;
    else this.#pendingJoin.request();
  }

  #send() {
    const join = (this.#inFlight = {});
    this.#isRequested = false;
    this.#log.joining();
    this.#socket.timeout(ACK_TIMEOUT_MS).emit("join", this.#log.joinRequest(), (error, ack) => {
      if (join !== this.#inFlight) return;
      this.#inFlight = null;
      if (error) this.#unanswered();
      else this.#acknowledged(ack);
    });
  }

  #acknowledged(ack) {
    if (!ack.ok) return this.#failed(ack);
    if (ack.reload) return this.#startOver();
    this.#log.joined(ack);
    this.#view.described?.(ack);
    this.#inactivity.restart(this.#log.streaming);
    if (this.#isRequested || this.#log.isBehind) this.join();
    else this.#view.inStep?.();
  }

  #failed({ error, message, retry_after: seconds = 1 }) {
    if (isTransient(error)) return this.#pendingJoin.retryAfter(seconds * 1000);
    this.#close();
    this.#view.refused?.(error, message);
  }

  #startOver() {
    this.#log.forget();
    if (!this.#view.startOver) return this.join();
    this.#close();
    this.#view.startOver();
  }

  #receive(event, data) {
    if (this.#isClosed || data.conversation !== this.#log.conversation) return;
    const outcome = this.#log.apply(event, data);
    this.#notify(event, data, outcome);
    this.#inactivity.received(data.id, this.#log.messages.get(data.id)?.status === "streaming");
    if (outcome === "rejoin") this.join();
    if (this.#log.isBehind && !this.#inFlight) this.join(); // what is missing may be on its way already
  }

  #notify(event, data, outcome) {
    if (CHANGES.has(outcome)) this.#view.changed?.(this.#log.messages.get(data.id));
    if (outcome === "removed") this.#view.removed?.(data.ids);
    if (event === "conversation") this.#view.described?.(data);
  }

  #connected() {
    this.#pendingJoin.reset();
    this.join();
  }

  #disconnected() {
    this.#inFlight = null;
    this.#pendingJoin.cancel();
    this.#inactivity.stop();
  }

  #close() {
    this.#isClosed = true;
    this.#disconnected();
  }
}
