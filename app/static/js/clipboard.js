// Copies a message as the Markdown that was written, a block of code as it is, and a table as CSV.

import { ACK_TIMEOUT_MS } from "midstream-reader/timeouts";

import { codeOf } from "./code-blocks.js";
import { csvOf } from "./tables.js";

const SHOWN_MS = 2000;
const CONNECTING_MS = 1500;
const COPIED = "Copied.";
const FAILED = "That could not be copied.";

/**
 * Copies when a button within element is pressed; markdownOf(article) returns or promises its Markdown. The
 * button shows the success, and the status line reports it: visibly, if no pointer has pressed the button.
 */
export function listenForCopies(element, markdownOf, status, alerts) {
  element.addEventListener("click", ({ target, detail: clicks }) => {
    const button = target.closest("[data-action^=copy]");
    if (!button) return;
    copy(textFor(button, markdownOf)).then(
      () => {
        confirm(button);
        status.flash(COPIED, clicks === 0);
      },
      () => alerts.show(FAILED),
    );
  });
}

/** Promises the Markdown of a message, from the log or else from the server. */
export async function fetchMarkdown({ id, dataset: { position } }, log, socket) {
  const message = log.messages.get(id);
  if (message && !message.isBare) return message.content;
  await connected(socket);
  const request = { conversation: log.conversation, before: Number(position) + 1, limit: 1 };
  const { messages } = await socket.timeout(ACK_TIMEOUT_MS).emitWithAck("history", request);
  return messages[0].content ?? "";
}

/** Waits for the connection of a page that was just opened; a lost one takes too long. */
function connected(socket) {
  if (socket.connected) return undefined;
  return new Promise((resolve, reject) => {
    socket.once("connect", resolve);
    setTimeout(reject, CONNECTING_MS, new Error("There is no connection."));
  });
}

function textFor(button, markdownOf) {
  if (button.dataset.action === "copy-code") return codeOf(button.closest(".code"));
  if (button.dataset.action === "copy-table") return csvOf(button.closest(".table"));
  return markdownOf(button.closest(".message"));
}

// Passes a promise on without awaiting it: some browsers forget the click meanwhile.
async function copy(text) {
  if (!window.ClipboardItem) return navigator.clipboard.writeText(await text);
  const blob = Promise.resolve(text).then((text) => new Blob([text], { type: "text/plain" }));
  blob.catch(() => {}); // write() rejects as well
  return navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
}

function confirm(button) {
  button.dataset.done = "";
  setTimeout(() => delete button.dataset.done, SHOWN_MS);
}
