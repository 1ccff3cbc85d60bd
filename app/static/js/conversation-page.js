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

  /** socket: the page's; banner, status: what reports about its connection; isReturn: the reader has been here. */
  constructor(main, socket, { banner, status }, isReturn) {
    [this.#main, this.#pageSocket, this.#socket] = [main, socket, new PageSocket(socket)];
    const [messages, form, storage] = [this.#part("messages"), this.#part("composer"), new SafeStorage()];
    this.#jumpButton = new JumpButton(this.#part("latest"), messages, () => this.#autoScroll.jump());
    this.#choices = new ThinkingChoices(storage, main.dataset.reader);
    const view = new ConversationView(main, { banner, status }, this.#choices);
    this.#log = new MessageLog(main.dataset.conversation, view.read());
    const composer = this.#newComposer(form, storage);
    this.#pinned = new Pinned(this.#part("pins"), main.dataset);
    this.#listen(view, composer, status);
    this.#joinLoop = new JoinLoop(this.#socket, this.#log, view);
    this.#readMark = new ReadMark(this.#log, this.#socket, messages, Number(main.dataset.read));
    new NewMark(messages, this.#readMark, this.#socket, this.#closing.signal);
    this.#presence = this.#startPresence(form);
    const seenMarks = new SeenMarks(messages, main.dataset, this.#socket);
    const [instructions, earlier] = [this.#part("instructions"), this.#part("earlier")];
    const context = new ModelContext(instructions, messages, earlier, Number(main.dataset.sentFrom));
    const reactions = new Reactions(main.dataset, this.#socket);
    view.alsoTell(this.#jumpButton, new StopButton(form), composer, this.#presence, seenMarks, reactions, this.#pinned, context);
    this.#socket.on("former", ({ conversation, sender }) => conversation === main.dataset.conversation && view.former(sender));
    this.#scroll(form, new HistoryLoader(this.#part("earlier"), messages, this.#socket, this.#log, view), isReturn);
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

  #newComposer(form, storage) {
    const { conversation, reader, model, asking } = this.#main.dataset; // reader: a name for the user, signed
    const [labels, handles, members] = ["labels", "handles", "people"].map((name) => this.#data(name));
    const people = members.map(({ name }) => name);
    const settings = { conversation, reader, labels, handles, people, asking, model };
    return new Composer(form, this.#socket, settings, storage, new SafeStorage("sessionStorage"));
  }

  #listen(view, composer, status) {
    const [main, socket] = [this.#main, this.#socket];
    const alerts = new Alerts(this.#part("complaint"), this.#closing.signal);
    const markdownOf = (article) => fetchMarkdown(article, this.#log, socket);
    listenForWarnings(socket, this.#part("warning-text"));
    listenForActions(main, socket, alerts, (...choice) => view.chosen(...choice));
    listenForModels(main);
    listenForCopies(main, markdownOf, status, alerts);
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

  #scroll(form, historyLoader, isReturn) {
    this.#position = new ScrollPosition(this.#main, isReturn);
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
