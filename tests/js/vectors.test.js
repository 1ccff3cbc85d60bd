import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { describe, test } from "node:test";

import { MessageLog } from "../../app/static/js/message-log.js";

const FOLDER = new URL("../../clients/vectors/", import.meta.url);

/** Lets a reader take a step; returns whether it has to join again. */
function take(log, { event, data, joined }) {
  if (event) return log.apply(event, data) === "rejoin" || log.horizon.behind;
  if (joined.reload) log.forget();
  else log.horizon.joined(joined);
  return Boolean(joined.reload) || log.horizon.behind;
}

function shown(log) {
  const messages = [...log.messages].map(([id, { seq, status, content, thinking, error }]) => [
    id,
    { seq, status, content, thinking, ...(error && { error }) },
  ]);
  return Object.fromEntries(messages);
}

describe("message-log.js passes", () => {
  for (const name of readdirSync(FOLDER)) {
    const vector = JSON.parse(readFileSync(new URL(name, FOLDER), "utf8"));
    test(vector.name, () => {
      const log = new MessageLog(vector.conversation);
      for (const step of vector.steps) {
        const rejoin = take(log, step);
        assert.deepEqual({ messages: shown(log), rejoin, join: log.holding() }, step.expect);
      }
    });
  }
});
