import assert from "node:assert/strict";
import { test } from "node:test";

import { problemWith } from "../../app/static/js/outbox.js";

test("a question that can be asked has no problem", () => {
  for (const content of ["Why?", " x ", "a\tb\r\nc", "👩‍👧".repeat(9), "<b>", "x".repeat(32_000)]) {
    assert.equal(problemWith(content), undefined);
  }
});

test("the length is counted in code points, as on the server", () => {
  assert.equal(problemWith("👩".repeat(32_000)), undefined);
  assert.match(problemWith("👩".repeat(32_001)), /32,001 characters, 32,000 at most/);
});

test("white space alone is a problem", () => {
  for (const content of ["", "  \n\t ", "\u2003"]) assert.match(problemWith(content), /^Write/);
});

test("characters that are not text are a problem", () => {
  for (const content of ["a\0b", "a\ud83d", "\udc00"]) assert.match(problemWith(content), /no text/);
});
