import { EventEmitter } from "node:events";

import { JoinLoop } from "../../clients/javascript/src/join-loop.js";
import { MessageLog } from "../../clients/javascript/src/rule.js";

const STREAMING = { id: "answer", position: 2, role: "assistant", seq: 2, status: "streaming" };
const METHODS = ["changed", "removed", "described", "inStep", "startOver", "refused"];

/** Replaces socket.io's: records the joins, which the test acknowledges. */
class Socket {
  connected = false;
  joins = [];
  #events = new EventEmitter();

  on = (event, listener) => this.#events.on(event, listener);
  timeout = () => ({ emit: (event, payload, done) => this.joins.push({ event, payload, done }) });

  connect() {
    this.connected = true;
    this.#events.emit("connect");
  }

  disconnect() {
    this.connected = false;
    this.#events.emit("disconnect");
  }

  receive(event, data) {
    this.#events.emit(event, { conversation: "c", ...data });
  }

  acknowledge(ack = {}) {
    this.joins.at(-1).done(null, { ok: true, title: "T", members: [], position: 2, revision: 0, ...ack });
  }
}

/** From now on only mock.timers.tick(ms) advances the time. */
export function stopClock(mock) {
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  mock.method(performance, "now", () => Date.now());
}

/** A join loop of a conversation in which an answer streams; `notified` is what its view got. */
export class JoinLoopHarness {
  socket = new Socket();
  notified = [];

  constructor() {
    const log = new MessageLog("c", { position: 2, revision: 0, messages: [STREAMING] });
    const notify = (name) => (...values) => this.notified.push([name, ...values]);
    new JoinLoop(this.socket, log, Object.fromEntries(METHODS.map((name) => [name, notify(name)])));
  }

  get names() {
    return this.notified.map(([name]) => name);
  }

  connect() {
    this.socket.connect();
    this.socket.acknowledge();
  }

  chunk(since, seq, more = {}) {
    this.socket.receive("chunk", { id: "answer", status: "streaming", since, seq, content: "x", ...more });
  }
}
