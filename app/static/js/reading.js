// A page of earlier messages, on which nothing changes any more.

import { listenForCopies, markdownOf } from "./clipboard.js";
import { finishCode } from "./code-blocks.js";
import { Complaints } from "./complaints.js";
import { StatusLine } from "./status-line.js";

const main = document.querySelector("[data-conversation]");
const log = { conversation: main.dataset.conversation, messages: new Map() };
const status = new StatusLine(main.querySelector("[data-status-line]"));
const complaints = new Complaints(main.querySelector("[data-complaint]"));
let socket; // connected when somebody wants to copy, and not before

finishCode(main.querySelectorAll(".message-content > *"));
listenForCopies(main, textOf, status, complaints);

async function textOf(article) {
  const { newSocket } = await import("./socket.js");
  socket ??= newSocket();
  if (!socket.connected) await connected();
  return markdownOf(article, log, socket);
}

function connected() {
  return new Promise((done, fail) => socket.once("connect", done).once("connect_error", fail).connect());
}
