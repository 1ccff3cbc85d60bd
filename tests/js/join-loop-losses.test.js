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

describe("the loop joins again", () => {
  beforeEach(() => harness.connect());

  const assertRejoins = () => {
    mock.timers.tick(50);
    assert.equal(socket.joins.length, 2);
  };

  test("after a gap in a message", () => {
    harness.chunk(3, 4);
    assertRejoins();
  });

  test("after a gap between messages", () => {
    socket.receive("message", { id: "m4", since: 0, seq: 1, status: "complete", position: 4, revision: 0 });
    assertRejoins();
    assert.equal(socket.joins[1].payload.after, 2);
  });

  test("after a revision that it did not expect", () => {
    socket.receive("removed", { ids: [], revision: 2 });
    assertRejoins();
    assert.equal(socket.joins[1].payload.revision, 0);
  });

  test("after ten seconds of inactivity of a message that streams", () => {
    mock.timers.tick(9000);
    harness.chunk(2, 3);
    mock.timers.tick(9000);
    assert.equal(socket.joins.length, 1);
    mock.timers.tick(1000);
    assertRejoins();
  });

  test("after a minute of inactivity of the conversation, and not sooner", () => {
    harness.chunk(2, 3, { status: "complete" });
    mock.timers.tick(59_900);
    assert.equal(socket.joins.length, 1);
    mock.timers.tick(100);
    assertRejoins();
  });

  test("after the inactivity of one message while others receive text", () => {
    socket.receive("message", { id: "other", since: 0, seq: 1, status: "streaming", position: 3, revision: 0 });
    for (let seconds = 0; seconds < 9; seconds += 1) {
      mock.timers.tick(1000);
      harness.chunk(2 + seconds, 3 + seconds);
    }
    assert.equal(socket.joins.length, 1);
    mock.timers.tick(1000);
    assertRejoins();
  });

  test("once for each time of inactivity", () => {
    mock.timers.tick(10_000);
    assertRejoins();
    mock.timers.tick(9000);
    assert.equal(socket.joins.length, 2);
    socket.acknowledge();
    mock.timers.tick(9900);
    assert.equal(socket.joins.length, 2);
    mock.timers.tick(100);
    mock.timers.tick(100);
    assert.equal(socket.joins.length, 3);
  });

  test("but not after inactivity without a connection", () => {
    socket.disconnect();
    mock.timers.tick(120_000);
    assert.equal(socket.joins.length, 1);
  });
});
