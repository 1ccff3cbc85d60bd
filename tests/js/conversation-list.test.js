// The list of conversations: of two states of one, the higher version counts, in whatever order they come.

import assert from "node:assert/strict";
import { test } from "node:test";

import { ConversationList, ListFollower } from "../../clients/javascript/src/conversation-list.js";

const SEEDS = 200;

class View {
  rows = new Map();
  show(row) {
    this.rows.set(row.conversation, row);
  }
  remove(id) {
    this.rows.delete(id);
  }
  get held() {
    return Object.fromEntries([...this.rows].map(([id, { version }]) => [id, version]));
  }
}

class Socket {
  connected = true;
  asked = [];
  listeners = {};
  on(event, listener) {
    (this.listeners[event] ??= []).push(listener);
  }
  timeout() {
    return { emitWithAck: (event, payload) => new Promise((resolve) => this.asked.push({ event, payload, resolve })) };
  }
  receive(event, data) {
    for (const listener of this.listeners[event] ?? []) listener(data);
  }
  /** Acknowledges the oldest request. */
  async answer(ack) {
    this.asked.shift().resolve(ack);
    await new Promise(setImmediate);
  }
}

const row = (conversation, version) => ({ conversation, version });
const state = (...conversations) => ({ ok: true, conversations });

test("what is older than what is held changes nothing", () => {
  const view = new View();
  const list = new ConversationList(view);
  list.apply("listed", row("a", 4));
  list.apply("listed", row("a", 3));
  list.apply("unlisted", row("a", 2));
  assert.deepEqual(view.held, { a: 4 });
  list.apply("unlisted", row("a", 5));
  list.apply("listed", row("a", 4));
  assert.deepEqual(view.held, {});
  list.apply("listed", row("a", 6));
  assert.deepEqual(view.held, { a: 6 });
});

test("what a state lacks is gone, except what came since it was asked for", () => {
  const view = new View();
  const list = new ConversationList(view);
  for (const id of ["a", "b"]) list.apply("listed", row(id, 1));
  list.ask();
  list.apply("listed", row("c", 1));
  list.replace([row("b", 3)]);
  assert.deepEqual(view.held, { b: 3, c: 1 });
});

test("what was no longer shown is shown again when it is loaded again", () => {
  const view = new View();
  const list = new ConversationList(view, [row("a", 1), row("b", 1)]);
  list.ask();
  list.replace([row("a", 1)]);
  list.add(row("b", 1));
  list.add(row("b", 0));
  assert.deepEqual(view.held, { b: 1 });
});

test("in whatever order events and the state come, the end is what the server holds", () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = randomFrom(seed);
    const view = new View();
    const list = new ConversationList(view);
    const [before, after] = [history(random, 0), history(random, 20)];
    for (const [event, data] of shuffled(before, random).slice(random() * before.length)) list.apply(event, data);
    list.ask();
    const late = shuffled([...before, ...after], random); // all that comes after the room was entered, and old ones
    const at = Math.floor(random() * late.length);
    for (const [event, data] of late.slice(0, at)) list.apply(event, data);
    list.replace(Object.entries(heldAfter(before)).map(([id, version]) => row(id, version)));
    for (const [event, data] of late.slice(at)) list.apply(event, data);
    assert.deepEqual(view.held, heldAfter([...before, ...after]), `seed ${seed}`);
  }
});

test("the state is asked for after every connection, as much as is shown", async () => {
  const [socket, view] = [new Socket(), new View()];
  const tokens = [];
  const list = new ConversationList(view, [row("a", 1), row("b", 1), row("c", 1)]);
  new ListFollower(socket, list, { archived: false }, "t", (next) => tokens.push(next));
  assert.deepEqual(socket.asked[0].payload, { archived: false, follow: true });
  await socket.answer({ ...state(row("a", 2), row("b", 1)), next: "t2" });
  assert.deepEqual(socket.asked[0].payload, { archived: false, follow: true, before: "t2" });
  await socket.answer({ ...state(row("d", 1)), next: "t3" });
  assert.deepEqual([view.held, tokens], [{ a: 2, d: 1 }, ["t3"]]);
  socket.receive("disconnect");
  socket.receive("connect");
  assert.equal(socket.asked.length, 1);
  socket.receive("disconnect");
});

test("an answer to a question from before the connection was lost is ignored", async () => {
  const [socket, view] = [new Socket(), new View()];
  new ListFollower(socket, new ConversationList(view), {}, undefined);
  socket.receive("disconnect");
  socket.receive("connect");
  await socket.answer(state(row("a", 1)));
  assert.deepEqual(view.held, {});
  await socket.answer(state(row("b", 1)));
  assert.deepEqual(view.held, { b: 1 });
  socket.receive("disconnect");
});

test("more is loaded once, and only with a connection", async () => {
  const [socket, view] = [new Socket(), new View()];
  const follower = new ListFollower(socket, new ConversationList(view), {}, undefined);
  assert.equal(await follower.more(), false, "the state comes first");
  await socket.answer({ ...state(row("a", 1)), next: "t" });
  const [first, second] = [follower.more(), follower.more()];
  assert.equal(socket.asked.length, 2);
  await socket.answer({ ...state(row("b", 1)), next: "u" });
  await socket.answer({ ...state(row("b", 1)), next: "u" });
  assert.deepEqual([await first, await second], [true, false]);
  assert.deepEqual(view.held, { a: 1, b: 1 });
  socket.connected = false;
  assert.equal(await follower.more(), false);
  socket.receive("disconnect");
});

for (const error of ["unauthorized", "forbidden"]) {
  test(`a refusal as ${error} ends it, another one is tried again`, async (context) => {
    context.mock.timers.enable({ apis: ["setTimeout"] });
    const socket = new Socket();
    new ListFollower(socket, new ConversationList(new View()), {}, undefined);
    await socket.answer({ ok: false, error: "rate_limited", retry_after: 3 });
    context.mock.timers.tick(2999);
    assert.equal(socket.asked.length, 0);
    context.mock.timers.tick(1);
    await socket.answer({ ok: false, error });
    context.mock.timers.tick(100_000);
    assert.equal(socket.asked.length, 0);
  });
}

test("after inactivity the state is asked for again", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const socket = new Socket();
  new ListFollower(socket, new ConversationList(new View()), {}, undefined);
  await socket.answer(state());
  context.mock.timers.tick(59_000);
  socket.receive("listed", row("a", 1));
  context.mock.timers.tick(59_000);
  assert.equal(socket.asked.length, 0);
  context.mock.timers.tick(1000);
  assert.equal(socket.asked.length, 1);
});

/** Returns some changes, in the order in which the server makes them; versions begin after `from`. */
function history(random, from) {
  return Array.from({ length: 8 }, (_, index) => {
    const id = "abc"[Math.floor(random() * 3)];
    return [random() < 0.7 ? "listed" : "unlisted", row(id, from + index + 1)];
  });
}

function heldAfter(changes) {
  const view = new View();
  for (const [event, data] of changes) {
    if (event === "listed") view.show(data);
    else view.remove(data.conversation);
  }
  return view.held;
}

function shuffled(items, random) {
  return items
    .map((item) => [random(), item])
    .sort(([one], [other]) => one - other)
    .map(([, item]) => item);
}

function randomFrom(seed) {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}
