import { EventEmitter } from "node:events";

import { ConversationChannel } from "../../app/static/js/conversation-channel.js";
import { MessageLog } from "../../app/static/js/message-log.js";

const STREAMING = { id: "answer", position: 2, role: "assistant", seq: 2, status: "streaming" };
const TOLD = ["changed", "removed", "described", "inStep", "startOver", "refused"];

/** Stands in for socket.io's: records the joins, which the test answers. */
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

/** From now on only mock.timers.tick(ms) lets time pass. */
export function stopClock(mock) {
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  mock.method(performance, "now", () => Date.now());
}

/** A channel of a conversation in which an answer streams; `seen` is what its view was told. */
export class ChannelScene {
  socket = new Socket();
  seen = [];

  constructor() {
    const log = new MessageLog("c", { position: 2, revision: 0, messages: [STREAMING] });
    const tell = (name) => (...values) => this.seen.push([name, ...values]);
    new ConversationChannel(this.socket, log, Object.fromEntries(TOLD.map((name) => [name, tell(name)])));
  }

  get names() {
    return this.seen.map(([name]) => name);
  }

  connect() {
    this.socket.connect();
    this.socket.acknowledge();
  }

  chunk(since, seq, more = {}) {
    this.socket.receive("chunk", { id: "answer", status: "streaming", since, seq, content: "x", ...more });
  }
}
