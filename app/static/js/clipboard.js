// Copies a message as the Markdown that was written, a block of code as it is, and a table as CSV.

import { ACK_TIMEOUT_MS } from "midstream-reader/timeouts";

import { codeOf, csvOf } from "./blocks.js";

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

// Browsers have navigator.clipboard only over HTTPS and on this machine.
async function copy(text) {
  if (!navigator.clipboard) return copyFromField(await text);
  if (!window.ClipboardItem) return navigator.clipboard.writeText(await text);
  // Passes a promise on without awaiting it: some browsers forget the click meanwhile.
  const blob = Promise.resolve(text).then((text) => new Blob([text], { type: "text/plain" }));
  blob.catch(() => {}); // write() rejects as well
  return navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
}

/** Copies what is selected in a field, and puts the focus back. */
function copyFromField(text) {
  const focused = document.activeElement;
  const field = fieldWith(text);
  focused.after(field); // a modal dialog takes the focus from anything outside of it
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  focused.focus({ preventScroll: true });
  if (!isCopied) throw new Error("The browser refuses to copy.");
}

function fieldWith(text) {
  const field = document.createElement("textarea");
  Object.assign(field, { value: text, readOnly: true, className: "visually-hidden" });
  field.style.position = "fixed"; // the page keeps its height
  field.addEventListener("copy", (event) => {
    event.clipboardData.setData("text/plain", text); // the field has changed its line ends
    event.preventDefault();
  });
  return field;
}

function confirm(button) {
  button.dataset.done = "";
  setTimeout(() => delete button.dataset.done, SHOWN_MS);
}
