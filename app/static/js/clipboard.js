// Copying: a message as the Markdown that was written, a block of code as it is.

import { ACK_TIMEOUT_MS } from "./patience.js";

const SHOWN_MS = 2000;
const CONNECTING_MS = 1500;
const COPIED = "Copied.";
const FAILED = "That could not be copied.";

/** Copies when a button within element is pressed; textOf(article) gives or promises its Markdown. The
    button shows that it's done, and the status line says so: for all to see if no pointer pressed it. */
export function listenForCopies(element, textOf, status, complaints) {
  element.addEventListener("click", ({ target, detail: clicks }) => {
    const button = target.closest("[data-action^=copy]");
    if (!button) return;
    const isCode = button.dataset.action === "copy-code";
    copy(isCode ? codeBeside(button) : textOf(button.closest(".message"))).then(
      () => {
        confirm(button);
        status.flash(COPIED, clicks === 0);
      },
      () => complaints.show(FAILED),
    );
  });
}

/** Promises the Markdown of a message: what the page holds, or else what the server does. */
export async function markdownOf({ id, dataset: { position } }, log, socket) {
  const held = log.messages.get(id);
  if (held && !held.isBare) return held.content;
  await connected(socket);
  const wish = { conversation: log.conversation, before: Number(position) + 1, limit: 1 };
  const { messages } = await socket.timeout(ACK_TIMEOUT_MS).emitWithAck("history", wish);
  return messages[0].content ?? "";
}

/** Waits for a page that has only just been opened; a connection that is lost takes longer. */
function connected(socket) {
  if (socket.connected) return undefined;
  return new Promise((resolve, reject) => {
    socket.once("connect", resolve);
    setTimeout(reject, CONNECTING_MS, new Error("There is nobody to ask."));
  });
}

function codeBeside(button) {
  return button.nextElementSibling.textContent.replace(/\n$/, "");
}

// A promise is handed over as it is: some browsers forget the click while they wait for it.
async function copy(text) {
  if (!window.ClipboardItem) return navigator.clipboard.writeText(await text);
  const blob = Promise.resolve(text).then((text) => new Blob([text], { type: "text/plain" }));
  blob.catch(() => {}); // write() tells of it
  return navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
}

function confirm(button) {
  button.dataset.done = "";
  setTimeout(() => delete button.dataset.done, SHOWN_MS);
}
