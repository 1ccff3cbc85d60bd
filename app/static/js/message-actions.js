// The buttons on messages. Without this they post forms.

const ACK_TIMEOUT_MS = 10_000;
const NO_CONNECTION = "That did not reach the server. Please try again.";

const busy = new WeakSet(); // not disabled, or they would lose the focus

/** Sends the button's event (stop, retry) about its message over the socket, which keeps it for a while
    when the line is lost; say() tells of failure. Where there has never been a line, forms are posted. */
export function listenForActions(element, socket, say) {
  let hasLine = false;
  socket.on("connect", () => (hasLine = true));
  element.addEventListener("click", (event) => {
    const button = event.target.closest("[data-action=stop], [data-action=retry]");
    if (!button || !hasLine) return;
    event.preventDefault();
    perform(button, socket, say);
  });
}

/** Lets a reader edit their last question: by its button, and by Up in an empty composer. Escape leaves
    the edit, and where there is none stops the answer. textOf(article) promises its Markdown. */
export function listenForEdits(element, view, composer, textOf, say) {
  const edit = (article) =>
    textOf(article).then(
      (content) => composer.edit(article.id, content),
      () => say(NO_CONNECTION),
    );
  element.addEventListener("click", (event) => {
    const link = event.target.closest("[data-action=edit]");
    if (!link) return;
    event.preventDefault();
    edit(link.closest(".message"));
  });
  element.addEventListener("keydown", (event) => {
    const isUp = event.key === "ArrowUp" && event.target.matches("[data-composer-text]");
    if (!isUp || event.isComposing || !composer.isEmpty || !view.ownQuestion) return;
    event.preventDefault();
    edit(view.ownQuestion);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing || document.querySelector("dialog[open]")) return;
    if (composer.cancel()) return;
    element.querySelector("[data-status=streaming] [data-action=stop]")?.click();
  });
}

function perform(button, socket, say) {
  if (busy.has(button)) return;
  busy.add(button);
  const { id } = button.closest(".message");
  socket.timeout(ACK_TIMEOUT_MS).emit(button.dataset.action, { id }, (error, ack) => {
    busy.delete(button);
    if (error) say(NO_CONNECTION);
    else if (!ack.ok && ack.error !== "conflict") say(ack.message);
  });
}
