// Copying: a message as the Markdown that was written, a block of code as it is.

import { ACK_TIMEOUT_MS } from "./patience.js";

const SHOWN_MS = 2000;
const FAILED = "That could not be copied.";

/** Copies when a button within element is pressed; textOf(article) gives or promises its Markdown. */
export function listenForCopies(element, textOf, say) {
  element.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-action^=copy]");
    if (!button) return;
    const isCode = button.dataset.action === "copy-code";
    copy(isCode ? codeBeside(button) : textOf(button.closest(".message"))).then(
      () => confirm(button),
      () => say(FAILED),
    );
  });
}

/** Promises the Markdown of a message: what the page holds, or else what the server does. */
export async function markdownOf({ id, dataset: { position } }, log, socket) {
  const held = log.messages.get(id);
  if (held && !held.isBare) return held.content;
  const wish = { conversation: log.conversation, before: Number(position) + 1, limit: 1 };
  const { messages } = await socket.timeout(ACK_TIMEOUT_MS).emitWithAck("history", wish);
  return messages[0].content ?? "";
}

function codeBeside(button) {
  return button.nextElementSibling.textContent.replace(/\n$/, "");
}

// A promise is handed over as it is: some browsers forget the click while they wait for it.
async function copy(text) {
  if (!window.ClipboardItem) return navigator.clipboard.writeText(await text);
  const blob = Promise.resolve(text).then((text) => new Blob([text], { type: "text/plain" }));
  return navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
}

function confirm(button) {
  button.dataset.done = "";
  setTimeout(() => delete button.dataset.done, SHOWN_MS);
}
