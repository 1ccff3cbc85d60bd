// The buttons on messages. Without this they post forms.

const ACK_TIMEOUT_MS = 10_000;
const NO_CONNECTION = "That did not reach the server. Please try again.";

/** Sends the button's event (stop, retry) about its message over the socket; say() tells of failure. */
export function listenForActions(element, socket, say) {
  element.addEventListener("click", (event) => {
    const button = event.target.closest("[data-action=stop], [data-action=retry]");
    if (!button || !socket.connected) return;
    event.preventDefault();
    perform(button, socket, say);
  });
}

function perform(button, socket, say) {
  const id = button.closest(".message").id;
  button.disabled = true;
  socket.timeout(ACK_TIMEOUT_MS).emit(button.dataset.action, { id }, (error, ack) => {
    button.disabled = false;
    if (error) say(NO_CONNECTION);
    else if (!ack.ok && ack.error !== "conflict") say(ack.message);
  });
}
