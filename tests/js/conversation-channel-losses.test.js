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

describe("what was lost is noticed", () => {
  beforeEach(() => scene.connect());

  const assertRejoins = () => {
    mock.timers.tick(50);
    assert.equal(socket.joins.length, 2);
  };

  test("by a gap in a message", () => {
    scene.chunk(3, 4);
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
    scene.chunk(2, 3);
    mock.timers.tick(9000);
    assert.equal(socket.joins.length, 1);
    mock.timers.tick(1000);
    assertRejoins();
  });

  test("by a minute of silence in the conversation, and not sooner", () => {
    scene.chunk(2, 3, { status: "complete" });
    mock.timers.tick(59_900);
    assert.equal(socket.joins.length, 1);
    mock.timers.tick(100);
    assertRejoins();
  });

  test("by the silence of each message, whatever is heard of others", () => {
    socket.receive("message", { id: "other", since: 0, seq: 1, status: "streaming", position: 3, revision: 0 });
    for (let seconds = 0; seconds < 9; seconds += 1) {
      mock.timers.tick(1000);
      scene.chunk(2 + seconds, 3 + seconds);
    }
    assert.equal(socket.joins.length, 1);
    mock.timers.tick(1000);
    assertRejoins();
  });

  test("once for each silence, and again for the next one", () => {
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

  test("but silence without a connection is none", () => {
    socket.disconnect();
    mock.timers.tick(120_000);
    assert.equal(socket.joins.length, 1);
  });
});
