// A page of earlier messages, on which nothing changes any more.

import { listenForCopies, markdownOf } from "./clipboard.js";
import { finishCode } from "./code-blocks.js";

const main = document.querySelector("[data-conversation]");
const log = { conversation: main.dataset.conversation, messages: new Map() };
let socket; // connected when somebody wants to copy, and not before

finishCode(main.querySelectorAll(".message-content > *"));
listenForCopies(main, textOf, () => {});

async function textOf(article) {
  socket ??= (await import("./socket.js")).newSocket();
  socket.connect();
  return markdownOf(article, log, socket);
}
