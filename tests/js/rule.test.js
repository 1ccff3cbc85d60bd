import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";

import { ANSWER, logWithAnswer, messageAt } from "./log-fixtures.mjs";

let log;

beforeEach(() => (log = logWithAnswer()));

const chunk = (since, seq, content) => log.apply("chunk", { ...ANSWER, since, seq, content });
const message = (position, more) => log.apply("message", messageAt(position, more));
const shown = () => log.messages.get("answer").content;

test("the reader handles the streaming state", () => {
  assert.equal(log.apply("current_state", { ...ANSWER, since: 2, seq: 5, content: "lo, wo", thinking: "Hm." }), "appended");
  assert.deepEqual([shown(), log.messages.get("answer").thinking], ["Hello, wo", "Hm."]);
  assert.equal(log.apply("current_state", { ...ANSWER, since: 0, seq: 6, content: "Hello, wor" }), "replaced");
  assert.equal(shown(), "Hello, wor");
  assert.equal(log.messages.get("answer").thinking, "");
});

describe("the rule", () => {
  test("is behind after an event of an unknown message that does not start at its beginning", () => {
    for (const event of ["chunk", "streaming_end", "current_state"]) {
      log = logWithAnswer();
      assert.equal(log.apply(event, { ...ANSWER, id: "other", since: 1, seq: 2, content: "x" }), "early");
      assert.ok(log.isBehind);
    }
    assert.equal(log.apply("chunk", { ...ANSWER, id: "other", since: 0, seq: 1, content: "x" }), "early");
    assert.ok(!log.messages.has("other"));
  });

  test("ignores text that the reader already has", () => {
    assert.equal(chunk(1, 2, "no"), "ignored");
    assert.equal(chunk(0, 1, "no"), "ignored");
    assert.equal(log.apply("current_state", { ...ANSWER, since: 2, seq: 2 }), "ignored");
    assert.equal(shown(), "Hel");
  });

  test("replaces the text with one from the beginning", () => {
    assert.equal(chunk(0, 3, "Hello"), "replaced");
    assert.equal(shown(), "Hello");
    assert.equal(log.messages.get("answer").position, 2);
  });

  test("appends the text that follows", () => {
    assert.equal(chunk(2, 4, "lo"), "appended");
    assert.equal(shown(), "Hello");
    assert.equal(chunk(2, 4, "lo"), "ignored");
  });

  test("is behind after a gap, which changes nothing", () => {
    assert.equal(log.isBehind, false);
    assert.equal(chunk(3, 4, "o"), "early");
    assert.equal(chunk(1, 4, "el"), "early");
    assert.deepEqual([shown(), log.joinRequest().have, log.isBehind], ["Hel", { answer: 2 }, true]);
  });

  test("appends the last text at the end, and nothing after it", () => {
    const end = { ...ANSWER, since: 2, seq: 3, content: "p!", status: "failed", error: "It broke." };
    assert.equal(log.apply("streaming_end", end), "appended");
    assert.deepEqual([shown(), log.messages.get("answer").error], ["Help!", "It broke."]);
    assert.deepEqual(log.joinRequest().have, {});
    assert.equal(log.apply("streaming_end", end), "ignored");
  });
});

describe("events that come too early", () => {
  const state = (since, seq, content) => log.apply("current_state", { ...ANSWER, since, seq, content });

  test("are applied in order as soon as the state has come", () => {
    log.joining();
    chunk(4, 5, "o");
    chunk(3, 4, "l");
    assert.equal(state(2, 3, "-"), "appended");
    assert.deepEqual([shown(), log.isBehind], ["Hel-lo", false]);
  });

  test("are dropped when a join is sent: its state contains them", () => {
    chunk(3, 4, "o");
    log.joining();
    assert.equal(log.isBehind, false);
    state(2, 3, "l");
    assert.equal(shown(), "Hell");
  });

  test("are dropped if there are too many, and are missing then", () => {
    log.joining();
    for (let seq = 3; seq < 3 + 257; seq += 1) chunk(seq, seq + 1, "x");
    state(2, 3, "lo");
    assert.deepEqual([shown(), log.isBehind], [`Hello${"x".repeat(256)}`, true]);
  });

  test("are dropped if they have too much text, and are missing then", () => {
    log.joining();
    chunk(3, 4, "x".repeat(600_000));
    log.apply("chunk", { ...ANSWER, since: 4, seq: 5, thinking: "x".repeat(600_000) });
    state(2, 3, "lo");
    assert.deepEqual([log.messages.get("answer").seq, log.isBehind], [4, true]);
  });

  test("and those that the reader got since it sent its join are both continued by the state", () => {
    log.joining();
    chunk(2, 3, "l");
    chunk(4, 5, "!");
    assert.equal(state(2, 4, "lo"), "appended");
    assert.deepEqual([shown(), log.isBehind], ["Hello!", false]);
  });
});

describe("messages", () => {
  test("a new message advances the cursor", () => {
    assert.equal(message(3), "replaced");
    assert.equal(message(4, { seq: 0, status: "streaming" }), "replaced");
    assert.equal(log.isBehind, false);
    assert.deepEqual(log.joinRequest(), { conversation: "c", after: 4, revision: 0, have: { answer: 2, m4: 0 } });
  });

  test("a message that skips a position leaves the reader behind until the gap is filled", () => {
    message(4);
    assert.equal(log.isBehind, true);
    assert.equal(log.joinRequest().after, 2);
    message(3);
    assert.equal(log.isBehind, false);
    assert.equal(log.joinRequest().after, 4);
  });

  test("a message whose state came first gets its position", () => {
    log.apply("current_state", { ...ANSWER, id: "m3", since: 0, seq: 4, content: "text" });
    assert.equal(message(3, { role: "user", bot: true, seq: 0 }), "replaced");
    const { role, bot, content, seq } = log.messages.get("m3");
    assert.deepEqual({ role, bot, content, seq }, { role: "user", bot: true, content: "text", seq: 4 });
  });

  test("an event of the conversation reveals a lost message", () => {
    log.apply("conversation", { conversation: "c", title: "T", members: [], position: 3, revision: 0 });
    assert.equal(log.isBehind, true);
  });

  test("the acknowledgement of a join reveals a lost message", () => {
    log.joined({ position: 3, revision: 0 });
    assert.equal(log.isBehind, true);
    assert.equal(log.joinRequest().after, 2);
  });
});

test("the event rejoin makes the reader join again", () => {
  assert.equal(log.apply("rejoin", { conversation: "c" }), "rejoin");
});
