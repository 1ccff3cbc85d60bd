// A connection to a server, and reconnecting to it after growing delays.

import { io } from "socket.io-client";

import { UNREACHABLE, isTransient } from "./access.js";
import { Backoff } from "./backoff.js";
import { CONNECT_TIMEOUT_MS } from "./timeouts.js";

const NAMESPACE = "/conversations";
const DELAYS_MS = [1000, 15_000];
const TICK_MS = 1000;
const SENTENCES = { unauthorized: "The server does not accept this token." };

/** Returns a socket that is not connected yet. Only a Connection reconnects it. The server's URL may have a path. */
export function newSocket(url, options = {}) {
  const { origin, pathname } = new URL(url);
  return io(`${origin}${NAMESPACE}`, {
    path: pathname.replace(/\/*$/, "/socket.io"),
    autoConnect: false,
    reconnection: false,
    timeout: CONNECT_TIMEOUT_MS,
    ...options,
  });
}

/** Keeps a socket connected until the server refuses it. The socket is like one of newSocket's. */
export class Connection {
  #socket;
  #observer;
  #reconnectMs;
  #deadline; // when to give up
  #why; // the code with which the server has refused the last attempt; "" for none
  #backoff = new Backoff(...DELAYS_MS);
  #next = 0; // when to try again
  #timer = null;

  /**
   * Notifies observer by waiting(seconds, code), trying(), connected() and refused(code, sentence), each of which
   * is optional; the code is a transient one, or "". After reconnectMs it gives up, and the first attempt is the only one; without it, it
   * always tries again.
   */
  constructor(socket, observer, reconnectMs = Infinity) {
    [this.#socket, this.#observer, this.#reconnectMs] = [socket, observer, reconnectMs];
    this.#deadline = reconnectMs === Infinity ? Infinity : -Infinity;
    socket.on("connect", () => this.#connected());
    socket.on("disconnect", (reason) => reason !== "io client disconnect" && this.#lost());
    socket.on("connect_error", (error) => this.#failed(error.message));
  }

  /** Tries to connect now, unless it is connected. */
  retryNow() {
    if (this.#socket.connected) return;
    this.#stopTimer();
    this.#observer.trying?.();
    this.#socket.disconnect().connect(); // gives up an attempt that hangs
  }

  /** Disconnects for good. */
  close() {
    this.#stopTimer();
    this.#socket.disconnect();
  }

  #connected() {
    this.#stopTimer();
    this.#backoff.reset();
    this.#observer.connected?.();
  }

  #lost() {
    this.#deadline = Date.now() + this.#reconnectMs;
    this.#wait();
  }

  /** After a refusal by the server the socket is no longer active. */
  #failed(why) {
    this.#stopTimer();
    const isRefused = !this.#socket.active && !isTransient(why);
    if (isRefused) this.#observer.refused?.(why in SENTENCES ? why : "protocol", SENTENCES[why] ?? why);
    else if (Date.now() > this.#deadline) this.#observer.refused?.(...UNREACHABLE);
    else this.#wait(isTransient(why) ? why : "");
  }

  #wait(why = "") {
    this.#why = why;
    this.#backoff.increase();
    this.#next = Date.now() + this.#backoff.jittered();
    this.#tick();
  }

  #tick() {
    const left = this.#next - Date.now();
    if (left <= 0) return this.retryNow();
    this.#observer.waiting?.(Math.ceil(left / 1000), this.#why);
    this.#timer = setTimeout(() => this.#tick(), Math.min(left, TICK_MS));
  }

  #stopTimer() {
    clearTimeout(this.#timer);
  }
}
