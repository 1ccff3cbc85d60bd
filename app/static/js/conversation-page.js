// The page of a conversation, live, until another one takes its place.

import { JoinLoop } from "midstream-reader/join-loop";
import { MessageLog } from "midstream-reader/rule";

import { Alerts, listenForWarnings } from "./alerts.js";
import { listenForCode } from "./blocks.js";
import { fetchMarkdown, listenForCopies } from "./clipboard.js";
import { StopButton } from "./composer-form.js";
import { Composer } from "./composer.js";
import { PageSocket } from "./connection.js";
import { ConversationView } from "./conversation-view.js";
import { HistoryLoader } from "./earlier-messages.js";
import { listenForMathematics } from "./mathematics.js";
import { Editing, MessageMenu, listenForActions, listenForModels } from "./message-actions.js";
import { ModelContext } from "./model-context.js";
import { Pinned } from "./pinned.js";
import { Presence } from "./presence.js";
import { Quoting } from "./quoting.js";
import { Reactions } from "./reactions.js";
import { NewMark, ReadMark, SeenMarks } from "./read-marks.js";
import { AutoScroll, JumpButton, ScrollPosition } from "./scrolling.js";
import { SafeStorage } from "./storage.js";
import { ThinkingChoices } from "./thinking.js";

export class ConversationPage {
  #main;
  #pageSocket;
  #socket;
  #reports;
  #isReturn;
  #storage = new SafeStorage();
  #composer;
  #closing = new AbortController();
  #jumpButton;
  #choices;
  #position;
  #autoScroll;
  #joinLoop;
  #readMark;
  #presence;
  #pinned;
  #log;

  /**
   * Takes keys in the composer; the rest follows with start(). socket: the page's; reports: what reports about its
   * connection, banner and status; isReturn: the reader has been here.
   */
  constructor(main, socket, reports, isReturn) {
    [this.#main, this.#pageSocket, this.#socket] = [main, socket, new PageSocket(socket)];
    [this.#reports, this.#isReturn] = [reports, isReturn];
    this.#composer = this.#newComposer();
  }

  /** Brings the rest to life. */
  start() {
    const [main, messages, form] = [this.#main, this.#part("messages"), this.#part("composer")];
    this.#jumpButton = new JumpButton(this.#part("latest"), messages, () => this.#autoScroll.jump());
    this.#choices = new ThinkingChoices(this.#storage, main.dataset.reader);
    const view = new ConversationView(main, this.#reports, this.#choices);
    this.#log = new MessageLog(main.dataset.conversation, view.read());
    this.#pinned = new Pinned(this.#part("pins"), main.dataset);
    this.#listen(view);
    this.#joinLoop = new JoinLoop(this.#socket, this.#log, view);
    this.#readMark = new ReadMark(this.#log, this.#socket, messages, Number(main.dataset.read));
    new NewMark(messages, this.#readMark, this.#socket, this.#closing.signal);
    this.#presence = this.#startPresence(form);
    view.alsoTell(this.#jumpButton, new StopButton(form), this.#composer, this.#presence, this.#pinned, ...this.#marks(messages));
    this.#socket.on("former", ({ conversation, sender }) => conversation === main.dataset.conversation && view.former(sender));
    this.#scroll(form, new HistoryLoader(this.#part("earlier"), messages, this.#socket, this.#log, view));
    this.#socket.connect();
  }

  /** The page was hidden: it may not come back. */
  save() {
    this.#position.save(this.#autoScroll.isFollowing);
  }

  /** The page is visible again. */
  resume() {
    this.#joinLoop.join();
    this.#readMark.update();
  }

  /** Another page takes its place. */
  close() {
    this.save();
    this.#closing.abort();
    this.#autoScroll.close();
    this.#readMark.close();
    this.#socket.close();
    if (this.#pageSocket.connected) this.#pageSocket.emit("leave", { conversation: this.#log.conversation });
  }

  #newComposer() {
    const { conversation, reader, model, asking } = this.#main.dataset; // reader: a name for the user, signed
    const [labels, handles, members] = ["labels", "handles", "people"].map((name) => this.#data(name));
    const people = members.map(({ name }) => name);
    const settings = { conversation, reader, labels, handles, people, asking, model };
    const tab = new SafeStorage("sessionStorage");
    return new Composer(this.#part("composer"), this.#socket, settings, this.#storage, tab);
  }

  /** Who has read what, how it is reacted to, and from where on models read. */
  #marks(messages) {
    const { dataset } = this.#main;
    const [instructions, earlier] = [this.#part("instructions"), this.#part("earlier")];
    return [
      new SeenMarks(messages, dataset, this.#socket),
      new Reactions(dataset, this.#socket),
      new ModelContext(instructions, messages, earlier, Number(dataset.sentFrom)),
    ];
  }

  #listen(view) {
    const [main, socket, composer] = [this.#main, this.#socket, this.#composer];
    const alerts = new Alerts(this.#part("complaint"), this.#closing.signal);
    const markdownOf = (article) => fetchMarkdown(article, this.#log, socket);
    listenForWarnings(socket, this.#part("warning-text"));
    listenForActions(main, socket, alerts, (...choice) => view.chosen(...choice));
    listenForModels(main);
    listenForCopies(main, markdownOf, this.#reports.status, alerts);
    listenForCode(main);
    listenForMathematics(main);
    const quoting = new Quoting(this.#part("messages"), this.#part("quote"), composer, markdownOf, this.#closing.signal);
    new MessageMenu(main, this.#pinned, (article) => quoting.quote(article));
    new Editing(main, view, composer, markdownOf, alerts, this.#closing.signal);
    this.#part("examples")?.addEventListener("submit", (event) => askExample(composer, event));
  }

  #startPresence(form) {
    const [list, line] = [document.querySelector("[data-present]"), form.querySelector("[data-typing]")];
    const presence = new Presence(this.#socket, this.#main.dataset, list, line, this.#closing.signal);
    const field = form.querySelector("[data-composer-text]");
    field.addEventListener("input", () => presence.typed(field.value));
    form.addEventListener("submit", () => presence.sent());
    return presence;
  }

  #scroll(form, historyLoader) {
    this.#position = new ScrollPosition(this.#main, this.#isReturn);
    this.#autoScroll = new AutoScroll(document.body, (isFollowing) => this.#setFollowing(isFollowing));
    this.#setFollowing(this.#autoScroll.isFollowing);
    form.addEventListener("submit", () => this.#autoScroll.jump());
    const load = () => this.#connected().then(() => historyLoader.load());
    this.#position.restoreEarlier(load).finally(() => historyLoader.watch());
  }

  #setFollowing(isFollowing) {
    this.#jumpButton.setFollowing(isFollowing);
    this.#choices.setFollowing(isFollowing);
    this.#presence.setFollowing(isFollowing);
  }

  #connected() {
    return new Promise((resolve) => (this.#socket.connected ? resolve() : this.#socket.once("connect", resolve)));
  }

  #data(name) {
    return JSON.parse(this.#main.dataset[name]);
  }

  #part(name) {
    return this.#main.querySelector(`[data-${name}]`);
  }
}

/** Without scripts the form of examples is sent to the server. */
function askExample(composer, event) {
  event.preventDefault();
  composer.ask(event.submitter.value);
}
