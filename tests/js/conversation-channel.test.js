import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { afterEach, beforeEach, describe, mock, test } from "node:test";

import { ConversationChannel } from "../../app/static/js/conversation-channel.js";
import { MessageLog } from "../../app/static/js/message-log.js";

const STREAMING = { id: "answer", position: 2, role: "assistant", seq: 2, status: "streaming" };

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

let socket, seen, log;

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout"] });
  socket = new Socket();
  seen = [];
  log = new MessageLog("c", { position: 2, revision: 0, messages: [STREAMING] });
  const view = Object.fromEntries(
    ["changed", "removed", "described", "inStep", "startOver", "refused"].map((name) => [
      name,
      (...values) => seen.push([name, ...values]),
    ]),
  );
  new ConversationChannel(socket, log, view);
});

afterEach(() => mock.timers.reset());

const chunk = (since, seq, more = {}) =>
  socket.receive("chunk", { id: "answer", status: "streaming", since, seq, content: "x", ...more });
const names = () => seen.map(([name]) => name);

function connect() {
  socket.connect();
  socket.acknowledge();
}

describe("joining", () => {
  test("happens on connecting, with what the reader holds", () => {
    socket.connect();
    const expected = { conversation: "c", after: 2, revision: 0, have: { answer: 2 } };
    assert.deepEqual(socket.joins.map((join) => [join.event, join.payload]), [["join", expected]]);
    socket.acknowledge();
    assert.deepEqual(names(), ["described", "inStep"]);
  });

  test("happens again after every reconnect, with what it holds by then", () => {
    connect();
    chunk(2, 3);
    socket.disconnect();
    socket.connect();
    assert.deepEqual(socket.joins[1].payload.have, { answer: 3 });
  });

  test("happens once after the one in flight, however often it is wished meanwhile", () => {
    socket.connect();
    chunk(7, 8);
    socket.receive("rejoin", {});
    chunk(8, 9);
    assert.equal(socket.joins.length, 1);
    socket.acknowledge();
    mock.timers.tick(50);
    assert.equal(socket.joins.length, 2);
    socket.acknowledge();
    mock.timers.tick(5000);
    assert.equal(socket.joins.length, 2);
  });

  test("that keeps being needed happens about once a second", () => {
    connect();
    for (let ms = 0; ms < 10_000; ms += 10) {
      chunk(100, 101);
      if (socket.joins.at(-1).answered !== true) socket.acknowledge();
      socket.joins.at(-1).answered = true;
      mock.timers.tick(10);
    }
    assert.ok(socket.joins.length > 10 && socket.joins.length < 20, `${socket.joins.length} joins`);
  });

  test("is tried again when it is not acknowledged, or fails for now", () => {
    socket.connect();
    socket.joins[0].done(new Error("timeout"));
    mock.timers.tick(1000);
    assert.equal(socket.joins.length, 2);
    socket.acknowledge({ ok: false, error: "rate_limited", retry_after: 30 });
    mock.timers.tick(29_000);
    assert.equal(socket.joins.length, 2);
    mock.timers.tick(1000);
    assert.equal(socket.joins.length, 3);
  });

  test("ends when the conversation is not to be had", () => {
    socket.connect();
    socket.acknowledge({ ok: false, error: "not_found", message: "There is no such conversation." });
    assert.deepEqual(seen, [["refused", "not_found", "There is no such conversation."]]);
    chunk(2, 3);
    socket.receive("rejoin", {});
    mock.timers.tick(120_000);
    assert.deepEqual([socket.joins.length, seen.length], [1, 1]);
  });

  test("may tell the reader to start over", () => {
    socket.connect();
    socket.acknowledge({ reload: true });
    assert.deepEqual(names(), ["startOver"]);
  });

  test("an acknowledgement that comes after a reconnect counts for nothing", () => {
    socket.connect();
    const [late] = socket.joins;
    socket.disconnect();
    socket.connect();
    late.done(new Error("disconnected"));
    mock.timers.tick(5000);
    assert.equal(socket.joins.length, 2);
  });
});

describe("what was lost is noticed", () => {
  beforeEach(connect);

  const assertRejoins = () => {
    mock.timers.tick(50);
    assert.equal(socket.joins.length, 2);
  };

  test("by a gap in a message", () => {
    chunk(3, 4);
    assertRejoins();
  });

  test("by a gap between messages", () => {
    socket.receive("message", { id: "m4", since: 0, seq: 1, status: "complete", position: 4, revision: 0 });
    assertRejoins();
    assert.equal(socket.joins[1].payload.after, 2);
  });

  test("by a revision that it did not expect", () => {
    socket.receive("removed", { ids: [], revision: 2 });
    assertRejoins();
    assert.equal(socket.joins[1].payload.revision, 0);
  });

  test("by ten seconds of silence about a message that streams", () => {
    mock.timers.tick(9000);
    chunk(2, 3);
    mock.timers.tick(9000);
    assert.equal(socket.joins.length, 1);
    mock.timers.tick(1000);
    assertRejoins();
  });

  test("by a minute of silence in the conversation, and not sooner", () => {
    chunk(2, 3, { status: "complete" });
    mock.timers.tick(59_900);
    assert.equal(socket.joins.length, 1);
    mock.timers.tick(100);
    assertRejoins();
  });

  test("but silence without a connection is none", () => {
    socket.disconnect();
    mock.timers.tick(120_000);
    assert.equal(socket.joins.length, 1);
  });
});

describe("the view", () => {
  beforeEach(() => {
    connect();
    seen = [];
  });

  test("is told of what changes, and of nothing else", () => {
    chunk(2, 3);
    chunk(2, 3);
    socket.receive("conversation", { title: "New", members: ["Max"], position: 2, revision: 0 });
    socket.receive("removed", { ids: ["answer"], revision: 1 });
    assert.deepEqual(names(), ["changed", "described", "removed"]);
    assert.equal(seen[0][1].seq, 3);
  });

  test("hears nothing of other conversations", () => {
    socket.receive("chunk", { conversation: "other", id: "answer", since: 2, seq: 3, content: "x" });
    assert.deepEqual(seen, []);
  });
});
