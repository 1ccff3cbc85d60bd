import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { afterEach, beforeEach, describe, mock, test } from "node:test";

import { Connection } from "../../clients/javascript/src/connection.js";

/** Replaces socket.io's: the test opens, loses and refuses the connection. */
class Socket extends EventEmitter {
  connected = false;
  active = false;
  attempts = 0;

  connect() {
    this.active = true;
    this.attempts += 1;
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

  fail() {
    this.emit("connect_error", new Error("xhr poll error"));
  }

  refuse(message) {
    this.active = false;
    this.emit("connect_error", new Error(message));
  }
}

const METHODS = ["waiting", "trying", "connected", "refused"];
let socket, notified;

const connection = (...options) => {
  const notify = (name) => (...values) => notified.push([name, ...values].join(" ").trim());
  const observer = Object.fromEntries(METHODS.map((name) => [name, notify(name)]));
  const connection = new Connection(socket, observer, ...options);
  socket.connect();
  socket.attempts = 0;
  return connection;
};

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  mock.method(Math, "random", () => 0.5);
  socket = new Socket();
  notified = [];
});

afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

describe("a connection", () => {
  test("counts down to each attempt, after growing delays", () => {
    connection();
    socket.open();
    socket.lose();
    mock.timers.tick(1000);
    socket.fail();
    mock.timers.tick(1000);
    assert.equal(socket.attempts, 1);
    mock.timers.tick(1000);
    assert.equal(socket.attempts, 2);
    assert.deepEqual(notified, ["connected", "waiting 1", "trying", "waiting 2", "waiting 1", "trying"]);
  });

  test("never waits longer than 15 seconds", () => {
    connection();
    for (let attempts = 0; attempts < 20; attempts++) {
      socket.fail();
      mock.timers.tick(15_000);
    }
    assert.equal(socket.attempts, 20);
    assert.ok(notified.includes("waiting 15") && !notified.includes("waiting 16"));
  });

  test("says why the server has refused an attempt, and tries again", () => {
    connection();
    socket.refuse("rate_limited");
    assert.equal(notified.at(-1), "waiting 1 rate_limited");
    mock.timers.tick(1000);
    socket.fail();
    assert.equal(notified.at(-1), "waiting 2");
  });

  test("starts again with a short delay once it was connected", () => {
    connection();
    for (let attempts = 0; attempts < 3; attempts++) socket.fail();
    socket.open();
    socket.lose();
    assert.equal(notified.at(-1), "waiting 1");
  });

  test("is restored after the server has disconnected", () => {
    connection();
    socket.open();
    socket.lose("io server disconnect");
    mock.timers.tick(1000);
    assert.equal(socket.attempts, 1);
  });

  test("is not restored after the reader has disconnected", () => {
    connection();
    socket.open();
    socket.lose("io client disconnect");
    mock.timers.tick(60_000);
    assert.equal(socket.attempts, 0);
  });

  test("can be retried now, which replaces the next attempt", () => {
    const lost = connection();
    socket.fail();
    lost.retryNow();
    assert.equal(socket.attempts, 1);
    mock.timers.tick(60_000);
    assert.equal(socket.attempts, 1);
  });

  test("is not retried while it is open", () => {
    const open = connection();
    socket.open();
    open.retryNow();
    assert.equal(socket.attempts, 0);
  });

  test("is not retried after it was closed", () => {
    const lost = connection();
    socket.fail();
    lost.close();
    mock.timers.tick(60_000);
    assert.equal(socket.attempts, 0);
  });
});

describe("a refusal", () => {
  test("of the credentials is final", () => {
    connection();
    socket.refuse("unauthorized");
    mock.timers.tick(60_000);
    assert.deepEqual([notified, socket.attempts], [["refused unauthorized The server does not accept this token."], 0]);
  });

  test("of the protocol is final", () => {
    connection();
    socket.refuse("Only version 1 is spoken.");
    mock.timers.tick(60_000);
    assert.deepEqual([notified, socket.attempts], [["refused protocol Only version 1 is spoken."], 0]);
  });

  test("because of rate limits is not final", () => {
    connection();
    socket.refuse("rate_limited");
    mock.timers.tick(1000);
    assert.equal(socket.attempts, 1);
  });
});

describe("a connection that gives up", () => {
  const UNREACHABLE = "refused unreachable The server can't be reached.";

  test("tries only once at first", () => {
    connection(5000);
    socket.fail();
    mock.timers.tick(60_000);
    assert.deepEqual([notified, socket.attempts], [[UNREACHABLE], 0]);
  });

  test("tries for a while once it was connected", () => {
    connection(5000);
    socket.open();
    socket.lose();
    for (let attempts = 0; attempts < 4; attempts++) {
      mock.timers.tick(5000);
      if (notified.at(-1) !== UNREACHABLE) socket.fail();
    }
    assert.equal(notified.at(-1), UNREACHABLE);
    assert.equal(socket.attempts, 2);
  });
});
