import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, mock, test } from "node:test";

import { JoinLoopHarness, stopClock } from "./join-loop-harness.mjs";

let harness, socket;

beforeEach(() => {
  stopClock(mock);
  harness = new JoinLoopHarness();
  socket = harness.socket;
});

afterEach(() => mock.reset());

describe("the loop joins", () => {
  test("on connecting, with what the reader holds", () => {
    socket.connect();
    const expected = { conversation: "c", after: 2, revision: 0, have: { answer: 2 } };
    assert.deepEqual(socket.joins.map((join) => [join.event, join.payload]), [["join", expected]]);
    socket.acknowledge();
    assert.deepEqual(harness.names, ["described", "inStep"]);
  });

  test("again after every reconnect, with what it holds by then", () => {
    harness.connect();
    harness.chunk(2, 3);
    socket.disconnect();
    socket.connect();
    assert.deepEqual(socket.joins[1].payload.have, { answer: 3 });
  });

  test("once after the join in flight, however often it is requested meanwhile", () => {
    socket.connect();
    harness.chunk(7, 8);
    socket.receive("rejoin", {});
    harness.chunk(8, 9);
    assert.equal(socket.joins.length, 1);
    socket.acknowledge();
    mock.timers.tick(50);
    assert.equal(socket.joins.length, 2);
    socket.acknowledge();
    mock.timers.tick(5000);
    assert.equal(socket.joins.length, 2);
  });

  test("not again for text that is missing until the state of the join in flight has come", () => {
    socket.connect();
    harness.chunk(3, 4);
    harness.chunk(4, 5);
    socket.receive("current_state", { id: "answer", status: "streaming", since: 2, seq: 3, content: "x" });
    socket.acknowledge();
    harness.chunk(5, 6);
    mock.timers.tick(5000);
    assert.equal(socket.joins.length, 1);
    assert.equal(harness.notified.findLast(([name]) => name === "changed")[1].seq, 6);
    assert.ok(harness.names.includes("inStep"));
  });

  test("again if text is still missing after the state of the join in flight", () => {
    socket.connect();
    harness.chunk(4, 5);
    socket.receive("current_state", { id: "answer", status: "streaming", since: 2, seq: 3, content: "x" });
    socket.acknowledge();
    mock.timers.tick(50);
    assert.deepEqual(socket.joins.map((join) => join.payload.have.answer), [2, 3]);
  });

  test("about once a second, if it is always necessary", () => {
    harness.connect();
    for (let ms = 0; ms < 10_000; ms += 10) {
      harness.chunk(100, 101);
      if (socket.joins.at(-1).answered !== true) socket.acknowledge();
      socket.joins.at(-1).answered = true;
      mock.timers.tick(10);
    }
    assert.ok(socket.joins.length > 10 && socket.joins.length < 20, `${socket.joins.length} joins`);
  });

  test("again if a join is not acknowledged, or fails temporarily", () => {
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

  test("no more if the reader can't read the conversation", () => {
    socket.connect();
    socket.acknowledge({ ok: false, error: "not_found", message: "There is no such conversation." });
    assert.deepEqual(harness.notified, [["refused", "not_found", "There is no such conversation."]]);
    harness.chunk(2, 3);
    socket.receive("rejoin", {});
    mock.timers.tick(120_000);
    assert.deepEqual([socket.joins.length, harness.notified.length], [1, 1]);
  });

  for (const error of ["invalid", "forbidden", "a code of a later server"]) {
    test(`no more if it is refused as ${error}`, () => {
      socket.connect();
      socket.acknowledge({ ok: false, error, message: "have: too long" });
      mock.timers.tick(120_000);
      assert.deepEqual([socket.joins.length, harness.names], [1, ["refused"]]);
    });
  }

  test("no more if the reader has to start over", () => {
    socket.connect();
    socket.acknowledge({ reload: true });
    assert.deepEqual(harness.names, ["startOver"]);
  });

  test("without regard to an acknowledgement that arrives after a reconnect", () => {
    socket.connect();
    const [late] = socket.joins;
    socket.disconnect();
    socket.connect();
    late.done(new Error("disconnected"));
    mock.timers.tick(5000);
    assert.equal(socket.joins.length, 2);
  });
});

describe("the view", () => {
  beforeEach(() => {
    harness.connect();
    harness.notified = [];
  });

  test("is notified of changes only", () => {
    harness.chunk(2, 3);
    harness.chunk(2, 3);
    socket.receive("conversation", { title: "New", members: ["Max"], position: 2, revision: 0 });
    socket.receive("removed", { ids: ["answer"], revision: 1 });
    assert.deepEqual(harness.names, ["changed", "described", "removed"]);
    assert.equal(harness.notified[0][1].seq, 3);
  });

  test("is not notified of other conversations", () => {
    socket.receive("chunk", { conversation: "other", id: "answer", since: 2, seq: 3, content: "x" });
    assert.deepEqual(harness.notified, []);
  });
});
