// The page of a conversation, from here on live.

import { place } from "./arriving.js";
import { Banner } from "./banner.js";
import { listenForCopies, markdownOf } from "./clipboard.js";
import { Complaints } from "./complaints.js";
import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { ConversationChannel } from "./conversation-channel.js";
import { ConversationView } from "./conversation-view.js";
import { Earlier } from "./earlier.js";
import { Edits } from "./edits.js";
import { listenForExamples } from "./examples.js";
import { Follow } from "./follow.js";
import { Latest } from "./latest.js";
import { listenForActions } from "./message-actions.js";
import { MessageLog } from "./message-log.js";
import { OpenChoices } from "./open-choices.js";
import { SafeStorage } from "./safe-storage.js";
import { newSocket } from "./socket.js";
import { StatusLine } from "./status-line.js";
import "./times.js";

const main = document.querySelector("[data-conversation]");
const messages = main.querySelector("[data-messages]");
const { conversation, reader } = main.dataset;

const socket = newSocket();
const storage = new SafeStorage();
const banner = new Banner(main.querySelector("[data-banner]"), messages);
const status = new StatusLine(main.querySelector("[data-status-line]"));
const complaints = new Complaints(main.querySelector("[data-complaint]"));
const latest = new Latest(main.querySelector("[data-latest]"), messages, () => follow.now());
const choices = new OpenChoices(storage, reader);
const view = new ConversationView(main, banner, status, choices, latest);
const log = new MessageLog(conversation, view.take());
const form = main.querySelector("[data-composer]");
const tab = new SafeStorage("sessionStorage");
const composer = new Composer(form, socket, conversation, reader, storage, tab);
const textOf = (article) => markdownOf(article, log, socket);
listenForActions(main, socket, complaints);
listenForCopies(main, textOf, status, complaints);
new Edits(main, view, composer, textOf, complaints);

const channel = new ConversationChannel(socket, log, view);
const connection = new Connection(socket, banner, status);
const earlier = new Earlier(main.querySelector("[data-earlier]"), messages, socket, log, view);
const follow = new Follow(document.body, turn);
turn(follow.follows);
form.addEventListener("submit", () => follow.now());
listenForExamples(main.querySelector("[data-examples]"), composer);
place.search(() => whenConnected().then(() => earlier.load())).finally(() => earlier.watch());

// A page that keeps a connection can't be kept by the browser for the way back.
window.addEventListener("pagehide", () => {
  place.keep(follow.follows);
  socket.disconnect();
});
window.addEventListener("pageshow", (event) => event.persisted && socket.connect());
document.addEventListener("visibilitychange", () => {
  if (document.hidden) place.keep(follow.follows);
  else if (socket.connected) channel.join();
  else connection.tryNow();
});

socket.connect();

function turn(follows) {
  latest.turn(follows);
  choices.turn(follows);
}

function whenConnected() {
  return new Promise((done) => (socket.connected ? done() : socket.once("connect", done)));
}
