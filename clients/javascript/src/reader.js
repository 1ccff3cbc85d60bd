// Reads one conversation from anywhere: from the middle of an answer, through lost connections, to its
// last character.

import { Refused, isTransient } from "./access.js";
import { Connection, newSocket } from "./connection.js";
import { JoinLoop } from "./join-loop.js";
import { MessageLog } from "./rule.js";
import { ACK_TIMEOUT_MS } from "./timeouts.js";

const PROTOCOL = 1;
const RECONNECT_MS = 120_000;
const POLL_MS = 2000; // while another answer is streaming
const RETRY_SECONDS = 1;

export { Refused };

export class Reader {
  /** The id of the question that was asked, as soon as the server has stored it. */
  question = null;
  #connection;
  #isClosed = false;

  /**
   * The view is notified by the methods that join-loop.js names; by refused(code, sentence) also if it can't
   * connect at first, or can't reconnect.
   */
  constructor({ url, token, conversation }, view) {
    this.log = new MessageLog(conversation);
    this.socket = newSocket(url.replace(/\/+$/, ""), {
      auth: { token, protocol: PROTOCOL },
      query: { conversation },
      transports: ["websocket"],
    });
    this.#connection = new Connection(this.socket, { refused: view.refused?.bind(view) }, RECONNECT_MS);
    new JoinLoop(this.socket, this.log, view, () => this.#abort());
    this.socket.connect();
  }

  /**
   * Asks a question, once, however often it has to be sent; returns the id of its answer. It is sent with files, by
   * the ids that upload() has returned; with files it needs no content.
   */
  async ask(content, files = []) {
    const question = { conversation: this.log.conversation, content, files, key: crypto.randomUUID() };
    while (!this.#isClosed) {
      const ack = await this.#send(question);
      if (ack?.reply) return ack.reply;
      if (ack?.ok) this.question = ack.id; // another answer is streaming
      if (ack) await wait(ack.ok ? POLL_MS : retryDelay(ack));
    }
  }

  /** Disconnects for good. */
  close() {
    this.#isClosed = true;
    this.#connection.close();
  }

  /** Drops a connection that is silent; then it reconnects. */
  #abort() {
    this.socket.io.engine.close();
  }

  /** Returns the acknowledgement, or null if it was lost: with the same key it is the same question. */
  #send(question) {
    return this.socket.timeout(ACK_TIMEOUT_MS).emitWithAck("send", question).catch(() => null);
  }
}

/** Returns after how many milliseconds to send again what was refused. */
function retryDelay({ error, message, retry_after: seconds = RETRY_SECONDS }) {
  if (!isTransient(error)) throw new Refused(error, message);
  return seconds * 1000;
}

function wait(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
