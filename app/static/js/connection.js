// The page's connection to the server: a banner while it is lost, with a button to try again, and the part of it
// that belongs to one conversation.

import { Connection, newSocket } from "midstream-reader/connection";

import { passOnBanner } from "./server-banner.js";

const LOST = "The connection is lost.";
const BACK = "The connection is back.";
const CROWDED = "The server has too many connections to this account, or gets too many events.";
const SIGNED_OUT = ["You are signed out.", "Sign in"];
const LOAD_AGAIN = "Load again";

/** What its address says to proxies each time it connects: which conversation is open. */
const query = {
  get conversation() {
    return document.querySelector("main[data-conversation]")?.dataset.conversation ?? "";
  },
};

/** Returns a socket that is not connected yet. */
export function newPageSocket(options = {}) {
  const root = document.documentElement.dataset.root ?? ""; // the prefix of a proxy, if it adds one
  const transports = { transports: ["websocket", "polling"], tryAllTransports: true };
  return newSocket(location.origin + root, { ...transports, query, ...options });
}

export class PageConnection {
  #socket;
  #banner;
  #status;
  #problem = ""; // the sentence that says why it is not connected
  #connection;
  #unauthorized;
  #crowded;
  #showAgain = () => {};

  /** Keeps a socket connected, which a page need not show; unauthorized: what it shows to whoever may not connect,
      and crowded: why others may not at the moment. */
  constructor(socket, unauthorized = SIGNED_OUT, crowded = CROWDED) {
    [this.#socket, this.#unauthorized, this.#crowded] = [socket, unauthorized, crowded];
    this.#connection = new Connection(socket, {
      waiting: (seconds, code) => this.#lost(`Next try in ${seconds} s.`, this.#why(code)),
      trying: () => this.#problem && this.#lost("Trying …", this.#problem),
      connected: () => this.#connected(),
      refused: (code, sentence) => this.#refused(code, sentence),
    });
    passOnBanner(socket);
    window.addEventListener("online", () => this.retryNow());
  }

  /** Shows in a banner what is wrong, from now on; the status line reports it. */
  reportTo(banner, status) {
    [this.#banner, this.#status] = [banner, status];
    this.#showAgain();
  }

  /**
   * Connects while the page is there: a browser can't keep one with an open connection for the way back. Calls
   * hidden() when the page is hidden, and shown() when it is visible again and still connected.
   */
  followPage({ hidden = () => {}, shown = () => {} } = {}) {
    window.addEventListener("pagehide", () => {
      hidden();
      this.#socket.disconnect();
    });
    window.addEventListener("pageshow", (event) => event.persisted && this.#socket.connect());
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) hidden();
      else if (this.#socket.connected) shown();
      else this.retryNow();
    });
    this.#socket.connect();
  }

  /** Tries to connect now, unless it is connected. */
  retryNow() {
    this.#connection.retryNow();
  }

  #why(code) {
    return code === "rate_limited" ? this.#crowded : LOST;
  }

  #lost(plan, problem) {
    if (this.#problem !== problem) this.#status?.report(problem);
    this.#problem = problem;
    this.#show(() => this.#banner?.showSoon(`${problem} ${plan}`, "Try now", () => this.retryNow()));
  }

  #connected() {
    if (this.#problem) this.#status?.report(BACK);
    this.#problem = "";
    this.#showAgain = () => {};
    this.#banner?.hide();
  }

  #refused(code, reason) {
    const [sentence, label] = code === "unauthorized" ? this.#unauthorized : [reason, LOAD_AGAIN];
    this.#status?.report(sentence);
    this.#show(() => this.#banner?.show(sentence, label, () => location.reload()));
  }

  #show(show) {
    this.#showAgain = show;
    show();
  }
}

/**
 * The part of the page's one socket that belongs to a conversation: closed when another is opened. It is used
 * like a socket of its own, which a JoinLoop, a Composer and others connect, listen to and send with.
 */
export class PageSocket {
  #socket;
  #listeners = [];
  #isOpen = false;
  #isClosed = false;

  constructor(socket) {
    this.#socket = socket;
  }

  get connected() {
    return this.#isOpen && this.#socket.connected;
  }

  on(event, listener) {
    this.#listeners.push([event, listener]);
    this.#socket.on(event, listener);
    return this;
  }

  once(event, listener) {
    this.#listeners.push([event, listener]);
    this.#socket.once(event, listener);
    return this;
  }

  /** Opens it. To its listeners it looks as if the socket had just been connected. */
  connect() {
    this.#isOpen = true;
    if (!this.#socket.connected) return;
    for (const [event, listener] of [...this.#listeners]) if (event === "connect") listener();
  }

  /** Nothing is sent or received after it was closed, no acknowledgement either. */
  close() {
    [this.#isOpen, this.#isClosed] = [false, true];
    for (const [event, listener] of this.#listeners) this.#socket.off(event, listener);
  }

  timeout(ms) {
    const emit = (event, payload, acknowledged) => {
      if (this.#isClosed) return;
      const acknowledge = (...result) => this.#isClosed || acknowledged(...result);
      this.#socket.timeout(ms).emit(event, payload, acknowledge);
    };
    const emitWithAck = (event, payload) =>
      new Promise((resolve, reject) => {
        emit(event, payload, (error, ack) => (error ? reject(error) : resolve(ack)));
      });
    return { emit, emitWithAck };
  }
}
