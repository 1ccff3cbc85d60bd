import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";

import { MessageLog } from "../../app/static/js/message-log.js";
import { ANSWER, heldLog, messageAt } from "./log-scene.mjs";

let log;

beforeEach(() => (log = heldLog()));

const chunk = (since, seq, content) => log.apply("chunk", { ...ANSWER, since, seq, content });
const message = (position, more) => log.apply("message", messageAt(position, more));

describe("removals", () => {
  const remove = (ids, revision) => log.apply("removed", { conversation: "c", ids, revision });

  test("what is removed is gone for good", () => {
    assert.equal(remove(["answer"], 1), "removed");
    assert.deepEqual([log.messages.has("answer"), log.horizon.behind, log.horizon.revision], [false, false, 1]);
    assert.equal(chunk(2, 3, "late"), "ignored");
    assert.equal(message(2, { id: "answer" }), "ignored");
    assert.ok(!log.messages.has("answer"));
  });

  test("a missed one, or one of what was never seen, leaves the reader behind", () => {
    remove(["answer"], 2);
    assert.deepEqual([log.horizon.behind, log.holding().revision], [true, 0]);
    log = new MessageLog("c", { position: 2, revision: 0 });
    remove(["never seen"], 1);
    assert.deepEqual([log.horizon.behind, log.holding().revision], [true, 0]);
  });

  test("a message of a later revision tells of a missed one", () => {
    message(3, { revision: 1 });
    assert.equal(log.horizon.behind, true);
  });

  test("a repeated one changes nothing", () => {
    remove(["answer"], 1);
    remove(["answer"], 1);
    assert.deepEqual([log.horizon.behind, log.horizon.revision], [false, 1]);
  });
});

describe("a reader without a page", () => {
  beforeEach(() => (log = new MessageLog("c")));

  test("asks for the last page and takes its end as its own", () => {
    assert.deepEqual(log.holding(), { conversation: "c", after: 0, have: {} });
    for (const position of [5, 6, 8]) message(position, { revision: 3 });
    message(9, { revision: 3 });
    log.horizon.joined({ position: 8, revision: 3 });
    assert.equal(log.horizon.behind, false);
    assert.deepEqual(log.holding(), { conversation: "c", after: 9, revision: 3, have: {} });
  });

  test("begins anew when it has forgotten", () => {
    message(5, { revision: 3 });
    log.horizon.joined({ position: 5, revision: 3 });
    log.forget();
    assert.deepEqual([log.messages.size, log.holding()], [0, { conversation: "c", after: 0, have: {} }]);
  });
});
