import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { afterEach, beforeEach, mock, test } from "node:test";

import { Reconnection } from "../../app/static/js/reconnection.js";

class Socket extends EventEmitter {
  connected = false;
  tries = 0;

  connect() {
    this.tries += 1;
    return this;
  }

  disconnect() {
    this.emit("disconnect", "io client disconnect");
    return this;
  }

  open() {
    this.connected = true;
    this.emit("connect");
  }

  lose(reason = "transport close") {
    this.connected = false;
    this.emit("disconnect", reason);
  }
}

let socket, told, reconnection;

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  mock.method(Math, "random", () => 0.5);
  socket = new Socket();
  told = [];
  const tell = (name) => (value) => told.push(value === undefined ? name : `${name} ${value}`);
  const names = ["waits", "tries", "back", "refused"];
  reconnection = new Reconnection(socket, Object.fromEntries(names.map((name) => [name, tell(name)])));
});

afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

test("it counts down to each try, and waits ever longer", () => {
  socket.open();
  socket.lose();
  mock.timers.tick(1000);
  socket.emit("connect_error", new Error("xhr poll error"));
  mock.timers.tick(1000);
  assert.equal(socket.tries, 1);
  mock.timers.tick(1000);
  assert.equal(socket.tries, 2);
  assert.deepEqual(told, ["back", "waits 1", "tries", "waits 2", "waits 1", "tries"]);
});

test("it never waits longer than a quarter of a minute", () => {
  for (let tries = 0; tries < 20; tries++) {
    socket.emit("connect_error", new Error("xhr poll error"));
    mock.timers.tick(15_000);
  }
  assert.equal(socket.tries, 20);
  assert.ok(told.includes("waits 15") && !told.includes("waits 16"));
});

test("a line that is back begins anew", () => {
  for (let tries = 0; tries < 3; tries++) socket.emit("connect_error", new Error("xhr poll error"));
  socket.open();
  socket.lose();
  assert.equal(told.at(-1), "waits 1");
});

test("whoever was sent away comes back", () => {
  socket.open();
  socket.lose("io server disconnect");
  mock.timers.tick(1000);
  assert.equal(socket.tries, 1);
});

test("whoever has left stays away", () => {
  socket.open();
  socket.lose("io client disconnect");
  mock.timers.tick(60_000);
  assert.equal(socket.tries, 0);
});

test("who wants to try now does not wait, and does not try twice", () => {
  socket.emit("connect_error", new Error("xhr poll error"));
  reconnection.now();
  assert.equal(socket.tries, 1);
  mock.timers.tick(60_000);
  assert.equal(socket.tries, 1);
});

test("where the line is there, there is nothing to try", () => {
  socket.open();
  reconnection.now();
  assert.equal(socket.tries, 0);
});

test("who is signed out is told, and nothing more is tried", () => {
  socket.emit("connect_error", new Error("unauthorized"));
  mock.timers.tick(60_000);
  assert.deepEqual([told, socket.tries], [["refused"], 0]);
});
