import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, mock, test } from "node:test";

import { ChannelScene, stopClock } from "./channel-scene.mjs";

let scene, socket;

beforeEach(() => {
  stopClock(mock);
  scene = new ChannelScene();
  socket = scene.socket;
});

afterEach(() => mock.reset());

describe("joining", () => {
  test("happens on connecting, with what the reader holds", () => {
    socket.connect();
    const expected = { conversation: "c", after: 2, revision: 0, have: { answer: 2 } };
    assert.deepEqual(socket.joins.map((join) => [join.event, join.payload]), [["join", expected]]);
    socket.acknowledge();
    assert.deepEqual(scene.names, ["described", "inStep"]);
  });

  test("happens again after every reconnect, with what it holds by then", () => {
    scene.connect();
    scene.chunk(2, 3);
    socket.disconnect();
    socket.connect();
    assert.deepEqual(socket.joins[1].payload.have, { answer: 3 });
  });

  test("happens once after the one in flight, however often it is wished meanwhile", () => {
    socket.connect();
    scene.chunk(7, 8);
    socket.receive("rejoin", {});
    scene.chunk(8, 9);
    assert.equal(socket.joins.length, 1);
    socket.acknowledge();
    mock.timers.tick(50);
    assert.equal(socket.joins.length, 2);
    socket.acknowledge();
    mock.timers.tick(5000);
    assert.equal(socket.joins.length, 2);
  });

  test("that keeps being needed happens about once a second", () => {
    scene.connect();
    for (let ms = 0; ms < 10_000; ms += 10) {
      scene.chunk(100, 101);
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
    assert.deepEqual(scene.seen, [["refused", "not_found", "There is no such conversation."]]);
    scene.chunk(2, 3);
    socket.receive("rejoin", {});
    mock.timers.tick(120_000);
    assert.deepEqual([socket.joins.length, scene.seen.length], [1, 1]);
  });

  test("ends when it would be refused again", () => {
    socket.connect();
    socket.acknowledge({ ok: false, error: "invalid", message: "have: too long" });
    mock.timers.tick(120_000);
    assert.deepEqual([socket.joins.length, scene.names], [1, ["refused"]]);
  });

  test("may tell the reader to start over", () => {
    socket.connect();
    socket.acknowledge({ reload: true });
    assert.deepEqual(scene.names, ["startOver"]);
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

describe("the view", () => {
  beforeEach(() => {
    scene.connect();
    scene.seen = [];
  });

  test("is told of what changes, and of nothing else", () => {
    scene.chunk(2, 3);
    scene.chunk(2, 3);
    socket.receive("conversation", { title: "New", members: ["Max"], position: 2, revision: 0 });
    socket.receive("removed", { ids: ["answer"], revision: 1 });
    assert.deepEqual(scene.names, ["changed", "described", "removed"]);
    assert.equal(scene.seen[0][1].seq, 3);
  });

  test("hears nothing of other conversations", () => {
    socket.receive("chunk", { conversation: "other", id: "answer", since: 2, seq: 3, content: "x" });
    assert.deepEqual(scene.seen, []);
  });
});
