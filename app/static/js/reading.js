// A page of earlier messages, on which nothing changes any more.

import { listenForCopies, markdownOf } from "./clipboard.js";
import { finishCode } from "./code-blocks.js";

const main = document.querySelector("[data-conversation]");
const log = { conversation: main.dataset.conversation, messages: new Map() };
let socket; // connected when somebody wants to copy, and not before

finishCode(main.querySelectorAll(".message-content > *"));
listenForCopies(main, textOf, () => {});

async function textOf(article) {
  const { io } = await import("../vendor/socket.io.js");
  socket ??= io("/conversations", { transports: ["websocket", "polling"], tryAllTransports: true });
  return markdownOf(article, log, socket);
}
