// The page of a conversation, live.

import { JoinLoop } from "midstream-reader/join-loop";
import { MessageLog } from "midstream-reader/rule";

import { Alerts, Banner, StatusLine } from "./alerts.js";
import { AutoScroll, JumpButton } from "./auto-scroll.js";
import { fetchMarkdown, listenForCopies } from "./clipboard.js";
import { listenForCode } from "./code-blocks.js";
import { Composer } from "./composer.js";
import { PageConnection, newPageSocket } from "./connection.js";
import { ConversationView } from "./conversation-view.js";
import { HistoryLoader } from "./history-loader.js";
import { listenForMathematics } from "./mathematics.js";
import { Editing, listenForActions } from "./message-actions.js";
import { ScrollPosition } from "./scroll-position.js";
import { SafeStorage } from "./storage.js";
import { StopButton } from "./stop-button.js";
import { ThinkingChoices } from "./thinking.js";

const main = document.querySelector("[data-conversation]");
const [messages, form] = [part("messages"), part("composer")];
const { conversation, reader: storageOwner } = main.dataset; // a name for the user, which the server signs

const socket = newPageSocket();
const [storage, tab] = [new SafeStorage(), new SafeStorage("sessionStorage")];
const banner = new Banner(part("banner"), messages);
const status = new StatusLine(part("status-line"));
const alerts = new Alerts(part("complaint"));
const jumpButton = new JumpButton(part("latest"), messages, () => autoScroll.jump());
const choices = new ThinkingChoices(storage, storageOwner);
const view = new ConversationView(main, banner, status, choices, jumpButton, new StopButton(form), refuse);
const log = new MessageLog(conversation, view.read());
const composer = new Composer(form, socket, conversation, storageOwner, storage, tab);
const markdownOf = (article) => fetchMarkdown(article, log, socket);
listenForActions(main, socket, alerts);
listenForCopies(main, markdownOf, status, alerts);
listenForCode(main);
listenForMathematics(main);
new Editing(main, view, composer, markdownOf, alerts);

const joinLoop = new JoinLoop(socket, log, view);
const connection = new PageConnection(socket, banner, status);
const historyLoader = new HistoryLoader(part("earlier"), messages, socket, log, view);
const position = new ScrollPosition(main);
const autoScroll = new AutoScroll(document.body, setFollowing);
setFollowing(autoScroll.isFollowing);
form.addEventListener("submit", () => autoScroll.jump());
part("examples")?.addEventListener("submit", askExample);
position.restoreEarlier(() => connected().then(() => historyLoader.load())).finally(() => historyLoader.watch());

// The browser can't keep a page with an open connection for the way back.
window.addEventListener("pagehide", () => {
  position.save(autoScroll.isFollowing);
  socket.disconnect();
});
window.addEventListener("pageshow", (event) => event.persisted && socket.connect());
document.addEventListener("visibilitychange", () => {
  if (document.hidden) position.save(autoScroll.isFollowing);
  else if (socket.connected) joinLoop.join();
  else connection.retryNow();
});

socket.connect();

function part(name) {
  return main.querySelector(`[data-${name}]`);
}

/** What was written stays in the form, to be copied. */
function refuse() {
  composer.close();
}

function setFollowing(isFollowing) {
  jumpButton.setFollowing(isFollowing);
  choices.setFollowing(isFollowing);
}

/** Without scripts the form of examples is sent to the server. */
function askExample(event) {
  if (composer.ask(event.submitter.value)) event.preventDefault();
}

function connected() {
  return new Promise((resolve) => (socket.connected ? resolve() : socket.once("connect", resolve)));
}
