// The page of a conversation, from here on live.

import { io } from "../vendor/socket.io.js";
import { Banner } from "./banner.js";
import { listenForCopies, markdownOf } from "./clipboard.js";
import { Composer } from "./composer.js";
import { ConversationChannel } from "./conversation-channel.js";
import { ConversationView } from "./conversation-view.js";
import { Follow } from "./follow.js";
import { listenForActions } from "./message-actions.js";
import { MessageLog } from "./message-log.js";
import { OpenChoices } from "./open-choices.js";
import { SafeStorage } from "./safe-storage.js";
import "./times.js";

const GONE = "The connection is lost. Trying to get it back …";
const RETURN_MS = 1000; // within which those who were sent away come back, not all at once
const SIGNED_OUT = "You are signed out.";

const main = document.querySelector("[data-conversation]");
const { conversation, reader } = main.dataset;

const socket = io("/conversations", {
  autoConnect: false,
  reconnectionDelayMax: 5000,
  transports: ["websocket", "polling"],
  tryAllTransports: true,
});
const banner = new Banner(main.querySelector("[data-banner]"));
const storage = new SafeStorage();
const view = new ConversationView(main, banner, new OpenChoices(storage, reader));
const log = new MessageLog(conversation, view.take());

new Composer(main.querySelector("[data-composer]"), socket, conversation, storage);
listenForActions(main, socket, complain);
listenForCopies(main, (article) => markdownOf(article, log, socket), complain);

const channel = new ConversationChannel(socket, log, view);
new Follow(document.body);

socket.on("connect", () => banner.withdraw());
socket.on("disconnect", (reason) => {
  announceLoss();
  // Whom the server has sent away, socket.io leaves there: it may be about to restart.
  if (reason === "io server disconnect") setTimeout(() => socket.connect(), Math.random() * RETURN_MS);
});
socket.on("connect_error", (error) => {
  if (error.message === "unauthorized") banner.show(SIGNED_OUT, "Sign in", () => location.reload());
  else announceLoss();
});

// A page that keeps a connection can't be kept by the browser for the way back.
window.addEventListener("pagehide", () => socket.disconnect());
window.addEventListener("pageshow", (event) => event.persisted && socket.connect());
document.addEventListener("visibilitychange", () => document.hidden || catchUp());

socket.connect();

function complain(sentence) {
  banner.show(sentence, "Dismiss", () => banner.withdraw());
}

function announceLoss() {
  banner.announce(GONE, "Try now", () => socket.disconnect().connect());
}

function catchUp() {
  if (socket.connected) channel.join();
  else socket.connect();
}
