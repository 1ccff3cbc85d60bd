// A page of earlier messages, which no longer change.

import { Alerts, StatusLine } from "./alerts.js";
import { fetchMarkdown, listenForCopies } from "./clipboard.js";
import { listenForCode } from "./code-blocks.js";
import { listenForMathematics } from "./mathematics.js";
import { completeBlocks } from "./blocks.js";

const main = document.querySelector("[data-conversation]");
const log = { conversation: main.dataset.conversation, messages: new Map() };
const status = new StatusLine(main.querySelector("[data-status-line]"));
const alerts = new Alerts(main.querySelector("[data-complaint]"));
let socket; // only a copy needs a connection

completeBlocks(main.querySelectorAll(".message-content > *"));
listenForCopies(main, markdownOf, status, alerts);
listenForCode(main);
listenForMathematics(main);

async function markdownOf(article) {
  const { newPageSocket } = await import("./connection.js");
  socket ??= newPageSocket();
  if (!socket.connected) await connected();
  return fetchMarkdown(article, log, socket);
}

function connected() {
  return new Promise((resolve, reject) => {
    socket.once("connect", resolve).once("connect_error", reject).connect();
  });
}
