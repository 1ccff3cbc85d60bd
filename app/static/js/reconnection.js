// Gets a lost connection back: tries again and again, ever less often, and says when the next try will be.
// No DOM. The socket is like socket.io's, told not to reconnect by itself.

const FIRST_MS = 1000;
const LONGEST_MS = 15_000;
const SPREAD = 0.3; // those who were sent away together come back one by one
const TICK_MS = 1000;

export class Reconnection {
  #socket;
  #tell;
  #tries = 0;
  #next = 0; // the moment of the next try
  #timer = null;

  /** tell: { waits(seconds), tries(), back(), refused() } hears what happens to the connection. */
  constructor(socket, tell) {
    [this.#socket, this.#tell] = [socket, tell];
    socket.on("connect", () => this.#connected());
    socket.on("disconnect", (reason) => reason !== "io client disconnect" && this.#wait());
    socket.on("connect_error", (error) => this.#failed(error));
  }

  /** Tries now, unless there is a connection. */
  now() {
    if (this.#socket.connected) return;
    this.#rest();
    this.#tell.tries();
    this.#socket.disconnect().connect(); // a try that hangs is given up
  }

  #connected() {
    this.#rest();
    this.#tries = 0;
    this.#tell.back();
  }

  #failed(error) {
    this.#rest();
    if (error.message === "unauthorized") this.#tell.refused();
    else this.#wait();
  }

  #wait() {
    const pause = Math.min(FIRST_MS * 2 ** this.#tries, LONGEST_MS);
    this.#tries += 1;
    this.#next = Date.now() + pause * (1 + SPREAD * (2 * Math.random() - 1));
    this.#tick();
  }

  #tick() {
    const left = this.#next - Date.now();
    if (left <= 0) return this.now();
    this.#tell.waits(Math.ceil(left / 1000));
    this.#timer = setTimeout(() => this.#tick(), Math.min(left, TICK_MS));
  }

  #rest() {
    clearTimeout(this.#timer);
  }
}
