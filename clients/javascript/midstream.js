// Reads along in one Midstream conversation, in Node: from the middle of an answer, through lost
// connections, to its last character.
//
// The rule and when to join are those of the browser's page, whose modules need neither a DOM nor
// a browser: message-log.js keeps the texts, conversation-channel.js joins whenever it has to.

import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { io } from "socket.io-client";

import { ConversationChannel } from "../../app/static/js/conversation-channel.js";
import { MessageLog } from "../../app/static/js/message-log.js";
import { PASSING, Returning } from "./returning.js";

const PROTOCOL = 1;
const OPEN_MS = 10_000;
const ACK_MS = 10_000;
const TURN_MS = 2_000;
const LATER_S = 1;

/** The server has said no, and will say so again; `code` is the protocol's. */
export class Refused extends Error {
  constructor(code, sentence) {
    super(sentence);
    this.code = code;
  }
}

export class Reader {
  /** The id of the question that was asked, as soon as the server has it. */
  question = null;
  #returning;
  #isClosed = false;

  /**
   * The view is told of everything, by the methods of which conversation-channel.js tells, and by
   * refused(code, sentence) also where there is no connection at first, or for too long.
   */
  constructor({ url, token, conversation }, view) {
    const auth = { token, protocol: PROTOCOL };
    this.log = new MessageLog(conversation);
    this.socket = io(`${url.replace(/\/+$/, "")}/conversations`, {
      auth,
      timeout: OPEN_MS,
      transports: ["websocket"],
    });
    this.#returning = new Returning(this.socket, (code, sentence) => view.refused?.(code, sentence));
    new ConversationChannel(this.socket, this.log, view, () => this.#lose());
  }

  /** Asks a question, once, however often it has to be sent; returns the id of its reply. */
  async ask(content) {
    const question = { conversation: this.log.conversation, content, key: randomUUID() };
    while (!this.#isClosed) {
      const ack = await this.#send(question);
      if (ack?.reply) return ack.reply;
      if (ack?.ok) this.question = ack.id; // another answer is being written
      if (ack) await wait(ack.ok ? TURN_MS : patience(ack));
    }
  }

  /** Leaves for good. */
  close() {
    this.#isClosed = true;
    this.#returning.stop();
    this.socket.disconnect();
  }

  /** Takes a connection on which nothing comes any more for lost; socket.io makes another. */
  #lose() {
    this.socket.io.engine.close();
  }

  /** Returns the acknowledgement, or nothing where it was lost: the same key is the same question. */
  #send(question) {
    const socket = this.socket.timeout(ACK_MS);
    return socket.emitWithAck("send", question).catch(() => null);
  }
}

/** Returns in how many milliseconds to ask again what was refused. */
function patience({ error, message, retry_after: seconds = LATER_S }) {
  if (!PASSING.has(error)) throw new Refused(error, message);
  return seconds * 1000;
}
