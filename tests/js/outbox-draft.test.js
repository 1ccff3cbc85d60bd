import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Draft } from "../../app/static/js/outbox.js";
import { PageStorage } from "./page-storage.mjs";

let storage;
const open = (storageOwner = "olive", conversation = "c", tab = new PageStorage()) =>
  new Draft(storage, tab, storageOwner, conversation);

beforeEach(() => (storage = new PageStorage()));

test("a draft is restored", () => {
  open().set({ content: "half", edits: "q", textBeforeEdit: "a" });
  assert.deepEqual(open().get(), { content: "half", edits: "q", textBeforeEdit: "a" });
});

test("a draft that an earlier version stored is restored", () => {
  storage.setItem("draft:olive:c", '{"content":"half","edits":"q","before":"a"}');
  assert.deepEqual(open().get(), { content: "half", edits: "q", textBeforeEdit: "a" });
});

test("a draft belongs to one user and one conversation", () => {
  open().set({ content: "half" });
  assert.deepEqual(open("max").get(), { content: "" });
  assert.deepEqual(open("olive", "d").get(), { content: "" });
});

test("an empty draft is removed", () => {
  const draft = open();
  draft.set({ content: "half" });
  draft.set({ content: "" });
  assert.deepEqual(open().get(), { content: "" });
});

test("each tab has its own draft, or else the latest of another tab", () => {
  const tab = new PageStorage();
  open("olive", "c", tab).set({ content: "half" });
  open().set({ content: "another half" });
  assert.equal(open("olive", "c", tab).get().content, "half");
  assert.equal(open().get().content, "another half");
});

test("a page does not remove the draft of another page", () => {
  const [one, other] = [open(), open()];
  one.set({ content: "half" });
  other.set({ content: "another half" });
  one.set({ content: "" });
  assert.equal(open().get().content, "another half");
});
