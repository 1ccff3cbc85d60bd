// A page of earlier messages, which no longer change.

import { Alerts } from "./alerts.js";
import { completeBlocks } from "./blocks.js";
import { fetchMarkdown, listenForCopies } from "./clipboard.js";
import { listenForCode } from "./code-blocks.js";
import { listenForMathematics } from "./mathematics.js";
import { PageSocket } from "./page-socket.js";

export class EarlierPage {
  #socket;
  #closing = new AbortController();

  constructor(main, socket, { status }) {
    this.#socket = new PageSocket(socket);
    const log = { conversation: main.dataset.conversation, messages: new Map() };
    const alerts = new Alerts(main.querySelector("[data-complaint]"), this.#closing.signal);
    completeBlocks(main.querySelectorAll(".message-content > *"));
    listenForCopies(main, (article) => fetchMarkdown(article, log, this.#socket), status, alerts);
    listenForCode(main);
    listenForMathematics(main);
    this.#socket.connect();
  }

  save() {}

  resume() {}

  /** Another page takes its place. */
  close() {
    this.#closing.abort();
    this.#socket.close();
  }
}
