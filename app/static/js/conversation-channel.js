// Keeps a reader's log in step with the server: joins, and decides when to join again.
// No DOM. The socket is like socket.io's: connected, on, emit, timeout(ms).emit(…, (error, ack)).
//
// The view is told of everything through these methods, each of which may be missing:
//   changed(message), removed(ids), described({title, members}), inStep(),
//   refused(code, sentence): the conversation is not to be had, and nothing more will come,
//   startOver(): too much is missing; a page loads itself again. Without it: all is sent anew.

import { ACK_TIMEOUT_MS } from "./patience.js";
import { Pause } from "./pause.js";
import { Silences } from "./silences.js";

const EVENTS = ["message", "current_state", "chunk", "streaming_end", "conversation", "removed", "rejoin"];
const FINAL = new Set(["not_found", "unauthorized", "invalid", "too_large"]);
const CHANGES = new Set(["replaced", "appended"]);

export class ConversationChannel {
  #socket;
  #log;
  #view;
  #unanswered;
  #joining = null; // the join in flight
  #wished = false; // that another one follows it
  #closed = false;
  #pause = new Pause();
  #silences = new Silences(() => this.join());

  /** unanswered() is called when a join is not acknowledged in time; by default it is tried again. */
  constructor(socket, log, view, unanswered = () => this.join()) {
    [this.#socket, this.#log, this.#view, this.#unanswered] = [socket, log, view, unanswered];
    for (const event of EVENTS) socket.on(event, (data) => this.#receive(event, data));
    socket.on("connect", () => this.#connected());
    socket.on("disconnect", () => this.#disconnected());
    if (socket.connected) this.#connected();
  }

  /** Joins, unless a join is in flight: then once more when that one is acknowledged. */
  join() {
    if (this.#closed || !this.#socket.connected) return;
    if (this.#joining) this.#wished = true;
    else this.#pause.then(() => this.#join());
  }

  #join() {
    const joining = (this.#joining = {});
    this.#wished = false;
    this.#socket.timeout(ACK_TIMEOUT_MS).emit("join", this.#log.holding(), (error, ack) => {
      if (joining !== this.#joining) return;
      this.#joining = null;
      if (error) this.#unanswered();
      else this.#acknowledged(ack);
    });
  }

  #acknowledged(ack) {
    if (!ack.ok) return this.#failed(ack);
    if (ack.reload) return this.#startOver();
    this.#log.horizon.joined(ack);
    this.#view.described?.(ack);
    this.#silences.restart(this.#log.streaming());
    if (this.#wished || this.#log.horizon.behind) this.join();
    else this.#view.inStep?.();
  }

  #failed({ error, message, retry_after: seconds = 1 }) {
    if (FINAL.has(error)) {
      this.#close();
      this.#view.refused?.(error, message);
    } else {
      this.#pause.atLeast(seconds * 1000);
      this.join();
    }
  }

  #startOver() {
    this.#log.forget();
    if (!this.#view.startOver) return this.join();
    this.#close();
    this.#view.startOver();
  }

  #receive(event, data) {
    if (this.#closed || data.conversation !== this.#log.conversation) return;
    const outcome = this.#log.apply(event, data);
    this.#tell(event, data, outcome);
    this.#silences.heard(data.id, this.#log.messages.get(data.id)?.status === "streaming");
    if (outcome === "rejoin" || this.#log.horizon.behind) this.join();
  }

  #tell(event, data, outcome) {
    if (CHANGES.has(outcome)) this.#view.changed?.(this.#log.messages.get(data.id));
    if (outcome === "removed") this.#view.removed?.(data.ids);
    if (event === "conversation") this.#view.described?.(data);
  }

  #connected() {
    this.#pause.reset();
    this.join();
  }

  #disconnected() {
    this.#joining = null;
    this.#pause.cancel();
    this.#silences.stop();
  }

  #close() {
    this.#closed = true;
    this.#disconnected();
  }
}
