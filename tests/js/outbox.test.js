import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { beforeEach, test } from "node:test";

import { Outbox } from "../../app/static/js/outbox.js";
import { PageStorage } from "./page-storage.mjs";

class Socket extends EventEmitter {
  connected = false;
  sent = [];
  timeout = () => ({ emit: (event, payload, done) => this.sent.push({ event, payload, done }) });

  connect() {
    this.connected = true;
    this.emit("connect");
  }

  disconnect() {
    this.connected = false;
    this.sent.at(-1)?.done(new Error("disconnected"));
  }
}

let socket, storage, settled;
const open = () => new Outbox(socket, "c", storage, (...what) => settled.push(what));

beforeEach(() => {
  socket = new Socket();
  storage = new PageStorage();
  settled = [];
});

test("a question is sent at once and settled when the server has stored it", () => {
  const outbox = open();
  socket.connect();
  outbox.send("Why?");
  const [{ event, payload, done }] = socket.sent;
  assert.deepEqual([event, payload.conversation, payload.content], ["send", "c", "Why?"]);
  assert.match(payload.key, /^[0-9a-f]{32}$/);
  done(null, { ok: true, id: "m" });
  assert.deepEqual([settled[0][0].content, settled[0][1], outbox.pending], ["Why?", null, null]);
});

test("a question waits for the connection and is sent once", () => {
  open().send("Why?");
  assert.equal(socket.sent.length, 0);
  socket.connect();
  socket.sent[0].done(null, { ok: true });
  socket.connect();
  assert.equal(socket.sent.length, 1);
});

test("an unacknowledged question is sent again with the same key", () => {
  open().send("Why?");
  socket.connect();
  socket.disconnect();
  socket.connect();
  const [first, second] = socket.sent;
  assert.deepEqual(second.payload, first.payload);
  socket.sent[1].done(new Error("timeout"));
  assert.deepEqual(socket.sent[2].payload, first.payload);
});

test("a question outlives the page", () => {
  open().send("Why?");
  socket = new Socket();
  assert.equal(open().pending.content, "Why?");
  socket.connect();
  assert.equal(socket.sent[0].payload.content, "Why?");
});

test("an edit names what it replaces, also when it is sent again", () => {
  open().send("Why not?", "q");
  socket.connect();
  socket.disconnect();
  socket.connect();
  for (const { event, payload } of socket.sent) {
    assert.deepEqual([event, payload.id, payload.content], ["edit", "q", "Why not?"]);
    assert.deepEqual(Object.keys(payload).sort(), ["content", "id", "key"]);
  }
  assert.equal(socket.sent[0].payload.key, socket.sent[1].payload.key);
});

test("a question is not sent as another user", () => {
  const of = (storageOwner) => new Outbox(socket, "c", storage, () => {}, storageOwner);
  of("olive").send("Why?");
  const max = of("max");
  assert.equal(max.pending, null);
  assert.equal(of("olive").pending.content, "Why?");
});

test("two pages of one conversation send their own questions", () => {
  const [one, other] = [open(), open()];
  one.send("Why?");
  assert.equal(other.pending, null);
  other.send("How?");
  socket.connect();
  assert.deepEqual(socket.sent.map(({ payload }) => payload.content), ["Why?", "How?"]);
  socket.sent[0].done(null, { ok: true, id: "m" });
  assert.equal(open().pending.content, "How?", "the other one must still be stored");
  socket.sent[1].done(null, { ok: true, id: "n" });
  assert.equal(open().pending, null);
});

test("the question of a page that was closed is sent by another one, after its own", () => {
  const [one, other] = [open(), open()];
  other.send("How?");
  one.send("Why?");
  socket.removeAllListeners("connect"); // both are closed
  socket.on("connect", () => one.flush());
  socket.connect();
  for (const content of ["Why?", "How?"]) {
    assert.equal(socket.sent.at(-1).payload.content, content);
    socket.sent.at(-1).done(null, { ok: true });
  }
  assert.deepEqual(settled.map(([{ content }]) => content), ["Why?"]);
  assert.deepEqual([socket.sent.length, storage.keys()], [2, []]);
});

test("a refusal of another page's question is kept for that page, and not asked for again and again", () => {
  const [one, other] = [open(), open()];
  other.send("How?");
  socket.removeAllListeners("connect");
  socket.on("connect", () => one.flush());
  socket.connect();
  socket.sent[0].done(null, { ok: false, error: "conflict", message: "Too late." });
  socket.connect();
  assert.deepEqual([socket.sent.length, settled], [1, []]);
  assert.equal(open().pending.content, "How?");
});

test("a page that opens sends all that is stored, the earliest first", (t) => {
  for (const [now, content] of [[2, "Second?"], [1, "First?"], [3, "Third?"]]) {
    t.mock.timers.enable({ apis: ["Date"], now });
    open().send(content);
    t.mock.timers.reset();
  }
  socket = new Socket();
  open();
  socket.connect();
  for (const number of [0, 1, 2]) socket.sent[number].done(null, { ok: true });
  assert.deepEqual(socket.sent.map(({ payload }) => payload.content), ["First?", "Second?", "Third?"]);
});

test("a question that an earlier version stored is sent", () => {
  storage.setItem("outbox::c", '{"key":"k","content":"Why?"}');
  open();
  socket.connect();
  assert.deepEqual(socket.sent[0].payload, { conversation: "c", key: "k", content: "Why?" });
  socket.sent[0].done(null, { ok: true });
  assert.deepEqual(storage.keys(), []);
});

test("a question of a conversation whose id begins the same is left alone", () => {
  new Outbox(socket, "cc", storage, () => {}).send("Why?");
  assert.equal(open().pending, null);
});

test("two questions have two keys", () => {
  const outbox = open();
  socket.connect();
  for (const content of ["One?", "Two?"]) {
    outbox.send(content);
    socket.sent.at(-1).done(null, { ok: true });
  }
  assert.notEqual(socket.sent[0].payload.key, socket.sent[1].payload.key);
});

test("a refused question is settled, and not sent again", () => {
  open().send("x".repeat(40_000));
  socket.connect();
  const refusal = { ok: false, error: "too_large", message: "That is too long." };
  socket.sent[0].done(null, refusal);
  assert.deepEqual(settled[0][1], refusal);
  socket.connect();
  assert.equal(socket.sent.length, 1);
});
