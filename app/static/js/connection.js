// The connection to the server as the reader sees it: a banner while it is gone, and who wants to try now.

import { Reconnection } from "./reconnection.js";

const GONE = "The connection is lost.";
const BACK = "The connection is back.";
const SIGNED_OUT = "You are signed out.";

export class Connection {
  #banner;
  #status;
  #isGone = false;
  #reconnection;

  /** Keeps a socket connected; status is told for those who can't see the banner. */
  constructor(socket, banner, status) {
    [this.#banner, this.#status] = [banner, status];
    this.#reconnection = new Reconnection(socket, {
      waits: (seconds) => this.#lost(`Next try in ${seconds} s.`),
      tries: () => this.#isGone && this.#lost("Trying …"),
      back: () => this.#back(),
      refused: () => this.#refused(),
    });
    window.addEventListener("online", () => this.tryNow());
  }

  /** There is reason to hope. */
  tryNow() {
    this.#reconnection.now();
  }

  #lost(plan) {
    if (!this.#isGone) this.#status.say(GONE);
    this.#isGone = true;
    this.#banner.announce(`${GONE} ${plan}`, "Try now", () => this.tryNow());
  }

  #back() {
    if (this.#isGone) this.#status.say(BACK);
    this.#isGone = false;
    this.#banner.withdraw();
  }

  #refused() {
    this.#status.say(SIGNED_OUT);
    this.#banner.show(SIGNED_OUT, "Sign in", () => location.reload());
  }
}
