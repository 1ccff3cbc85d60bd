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

const PROTOCOL = 1;
const ACK_MS = 10_000;
const TURN_MS = 2_000;
const RETURN_MS = 1_000;

/** The server has said no, and will say so again; `code` is the protocol's. */
export class Refused extends Error {
  constructor(code, sentence) {
    super(sentence);
    this.code = code;
  }
}

export class Reader {
  /**
   * The view is told of everything, by the methods of which conversation-channel.js tells, and by
   * refused(code, sentence) also where the server does not let the reader in.
   */
  constructor({ url, token, conversation }, view) {
    const auth = { token, protocol: PROTOCOL };
    this.log = new MessageLog(conversation);
    this.socket = io(`${url}/conversations`, { auth, transports: ["websocket"] });
    this.socket.on("connect_error", (error) => {
      if (!this.socket.active) view.refused?.(error.message, error.message); // no second try
    });
    this.socket.on("disconnect", (reason) => {
      if (reason === "io server disconnect") this.#return(); // socket.io leaves it at that
    });
    new ConversationChannel(this.socket, this.log, view);
  }

  /** Asks a question, once, however often it has to be sent; returns the id of its reply. */
  async ask(content) {
    const question = { conversation: this.log.conversation, content, key: randomUUID() };
    for (;;) {
      const ack = await this.#send(question);
      if (ack && !ack.ok) throw new Refused(ack.error, ack.message);
      if (ack?.reply) return ack.reply;
      if (ack) await wait(TURN_MS); // another answer is being written
    }
  }

  /** Leaves for good. */
  close() {
    this.socket.disconnect();
  }

  /** Comes back after the server, which may be about to restart, has sent everybody away. */
  #return() {
    setTimeout(() => this.socket.connect(), Math.random() * RETURN_MS);
  }

  /** Returns the acknowledgement, or nothing where it was lost: the same key is the same question. */
  #send(question) {
    const socket = this.socket.timeout(ACK_MS);
    return socket.emitWithAck("send", question).catch(() => null);
  }
}
