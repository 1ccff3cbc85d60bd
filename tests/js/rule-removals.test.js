import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";

import { MessageLog } from "../../clients/javascript/src/rule.js";
import { ANSWER, logWithAnswer, messageAt } from "./log-fixtures.mjs";

let log;

beforeEach(() => (log = logWithAnswer()));

const chunk = (since, seq, content) => log.apply("chunk", { ...ANSWER, since, seq, content });
const message = (position, more) => log.apply("message", messageAt(position, more));

describe("removals", () => {
  const remove = (ids, revision) => log.apply("removed", { conversation: "c", ids, revision });

  test("a removed message never returns", () => {
    assert.equal(remove(["answer"], 1), "removed");
    assert.deepEqual([log.messages.has("answer"), log.isBehind, log.joinRequest().revision], [false, false, 1]);
    assert.equal(chunk(2, 3, "late"), "ignored");
    assert.equal(message(2, { id: "answer" }), "ignored");
    assert.ok(!log.messages.has("answer"));
  });

  test("a missed removal, or one of an unknown message, leaves the reader behind", () => {
    remove(["answer"], 2);
    assert.deepEqual([log.isBehind, log.joinRequest().revision], [true, 0]);
    log = new MessageLog("c", { position: 2, revision: 0 });
    remove(["never seen"], 1);
    assert.deepEqual([log.isBehind, log.joinRequest().revision], [true, 0]);
  });

  test("a message of a later revision reveals a missed removal", () => {
    message(3, { revision: 1 });
    assert.equal(log.isBehind, true);
  });

  test("a repeated removal changes nothing", () => {
    remove(["answer"], 1);
    remove(["answer"], 1);
    assert.deepEqual([log.isBehind, log.joinRequest().revision], [false, 1]);
  });
});

describe("a reader without a page", () => {
  beforeEach(() => (log = new MessageLog("c")));

  test("requests the last page and takes its end as its own", () => {
    assert.deepEqual(log.joinRequest(), { conversation: "c", after: 0, have: {} });
    for (const position of [5, 6, 8]) message(position, { revision: 3 });
    message(9, { revision: 3 });
    log.joined({ position: 8, revision: 3 });
    assert.equal(log.isBehind, false);
    assert.deepEqual(log.joinRequest(), { conversation: "c", after: 9, revision: 3, have: {} });
  });

  test("starts again when it has forgotten everything", () => {
    message(5, { revision: 3 });
    log.joined({ position: 5, revision: 3 });
    log.forget();
    assert.deepEqual([log.messages.size, log.joinRequest()], [0, { conversation: "c", after: 0, have: {} }]);
  });
});
