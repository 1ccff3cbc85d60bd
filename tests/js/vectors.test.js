import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { describe, test } from "node:test";

import { MessageLog } from "../../clients/javascript/src/rule.js";

const FOLDER = new URL("../../clients/vectors/", import.meta.url);

/** Applies a step; returns whether the reader has to join again. */
function take(log, { event, data, joined }) {
  if (event) return log.apply(event, data) === "rejoin" || log.isBehind;
  if (!joined) log.joining();
  else if (joined.reload) log.forget();
  else log.joined(joined);
  return Boolean(joined?.reload) || log.isBehind;
}

function shown(log) {
  const messages = [...log.messages].map(([id, { seq, status, content, thinking, error, note }]) => [
    id,
    { seq, status, content, thinking, ...(error && { error }), ...(note && { note }) },
  ]);
  return Object.fromEntries(messages);
}

describe("rule.js passes", () => {
  for (const name of readdirSync(FOLDER)) {
    const vector = JSON.parse(readFileSync(new URL(name, FOLDER), "utf8"));
    test(vector.name, () => {
      const log = new MessageLog(vector.conversation);
      for (const step of vector.steps) {
        const rejoin = take(log, step);
        assert.deepEqual({ messages: shown(log), rejoin, join: log.joinRequest() }, step.expect);
      }
    });
  }
});
