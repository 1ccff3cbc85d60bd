// Comes back after lost connections, as long as a server that was there once may be away.

const PATIENCE_MS = 120_000;
const SHORTEST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 8_000;
const SENTENCES = { unauthorized: "The server does not accept this token." };

/** What may be tried again after a while. */
export const PASSING = new Set(["rate_limited", "unavailable"]);

export class Returning {
  #socket;
  #giveUp;
  #timer = null;
  #deadline = 0; // at first there is no patience
  #pause = SHORTEST_PAUSE_MS;

  /** Calls giveUp(code, sentence) when there is no connection any more, nor will be one. */
  constructor(socket, giveUp) {
    [this.#socket, this.#giveUp] = [socket, giveUp];
    socket.on("connect", () => (this.#pause = SHORTEST_PAUSE_MS));
    socket.on("disconnect", (reason) => this.#lost(reason));
    socket.on("connect_error", (error) => this.#failed(error.message));
  }

  /** Comes back no more. */
  stop() {
    clearTimeout(this.#timer);
  }

  /** Where the server has sent everybody away, perhaps to restart, socket.io leaves it at that. */
  #lost(reason) {
    this.#deadline = Date.now() + PATIENCE_MS;
    if (reason === "io server disconnect") this.#tryAgain();
  }

  /** Where the server has refused, socket.io leaves it at that, too; else it tries again by itself. */
  #failed(why) {
    const isRefused = !this.#socket.active;
    if (isRefused && !PASSING.has(why)) this.#giveUp(SENTENCES[why] ? why : "protocol", SENTENCES[why] ?? why);
    else if (Date.now() > this.#deadline) this.#giveUp("unreachable", "The server can't be reached.");
    else if (isRefused) this.#tryAgain();
  }

  #tryAgain() {
    this.#timer = setTimeout(() => this.#socket.connect(), Math.random() * this.#pause);
    this.#pause = Math.min(2 * this.#pause, LONGEST_PAUSE_MS);
  }
}
