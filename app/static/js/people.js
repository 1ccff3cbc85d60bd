// The page of a conversation's people, live: when somebody comes, goes or gets another role, the server renders the
// list again.

import { JoinLoop } from "midstream-reader/join-loop";
import { MessageLog } from "midstream-reader/rule";

import { Alerts, Banner, StatusLine } from "./alerts.js";
import { completeCode, listenForCode } from "./blocks.js";
import { listenForCopies } from "./clipboard.js";
import { PageConnection, newPageSocket } from "./connection.js";

const GONE = "You can't read this conversation any more.";
const CHANGED = "The people of the conversation have changed.";

class PeopleView {
  #main;
  #banner;
  #status;
  #shown;

  constructor(main, banner, status) {
    [this.#main, this.#banner, this.#status] = [main, banner, status];
    this.#shown = this.#key(this.#rows());
  }

  /** The conversation has these people. */
  described({ people }) {
    const key = people?.map(({ sender, role, name }) => [sender, role, name].join()).join("\n");
    if (key && key !== this.#shown) this.#load();
  }

  /** Too much is missing. */
  startOver() {
    location.reload();
  }

  /** The reader is not in the conversation any more. */
  refused() {
    for (const form of this.#main.querySelectorAll("form, details")) form.hidden = true;
    this.#status.report(GONE);
    this.#banner.showForever(GONE, "Load again", () => location.reload());
  }

  async #load() {
    const response = await fetch(location.pathname, { cache: "no-store" }).catch(() => null);
    if (!response?.ok) return; // the next event, or join, tells again
    const main = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("main");
    if (main.dataset.role === this.#main.dataset.role) this.#show(main);
    else location.reload(); // other forms
  }

  /** Rows that are the same stay: what is open in them, or has the focus, is not lost. */
  #show(main) {
    const known = new Map(this.#rows().map((row) => [this.#key([row]), row]));
    const rows = Array.from(main.querySelectorAll("[data-person]"), (row) => known.get(this.#key([row])) ?? row);
    this.#main.querySelector("[data-people]").replaceChildren(...rows);
    this.#shown = this.#key(rows);
    this.#status.report(CHANGED);
  }

  #rows() {
    return Array.from(this.#main.querySelectorAll("[data-person]"));
  }

  #key(rows) {
    return rows
      .map((row) => [row.dataset.person, row.dataset.personRole, row.querySelector("bdi").textContent].join())
      .join("\n");
  }
}

const main = document.querySelector("[data-people-of]");
const { peopleOf: conversation, position, revision } = main.dataset;
const socket = newPageSocket();
const connection = new PageConnection(socket);
const status = new StatusLine(main.querySelector("[data-status-line]"));
const banner = new Banner(main.querySelector("[data-banner]"), main);
const newLink = main.querySelector("[data-snippets]");
const log = new MessageLog(conversation, { position: Number(position), revision: Number(revision) });
const joinLoop = new JoinLoop(socket, log, new PeopleView(main, banner, status));

connection.reportTo(banner, status);
if (newLink) {
  completeCode([newLink]);
  listenForCode(newLink);
  listenForCopies(newLink, null, status, new Alerts(newLink.querySelector("[data-complaint]")));
}
connection.followPage({ shown: () => joinLoop.join() });
