// The buttons on messages. Without this they post forms.

import { ACK_TIMEOUT_MS } from "./patience.js";

const NO_CONNECTION = "That did not reach the server. Please try again.";

const busy = new WeakSet(); // not disabled, or they would lose the focus

/** Sends the button's event (stop, retry) about its message over the socket, which keeps it for a while
    when the connection is lost; complaints tell of failure. Until there has been one, forms are posted. */
export function listenForActions(element, socket, complaints) {
  let wasConnected = false;
  socket.on("connect", () => (wasConnected = true));
  element.addEventListener("click", (event) => {
    const button = event.target.closest("[data-action=stop], [data-action=retry]");
    if (!button || !wasConnected) return;
    event.preventDefault();
    perform(button, socket, complaints);
  });
}

function perform(button, socket, complaints) {
  if (busy.has(button)) return;
  busy.add(button);
  const { id } = button.closest(".message");
  socket.timeout(ACK_TIMEOUT_MS).emit(button.dataset.action, { id }, (error, ack) => {
    busy.delete(button);
    if (error) complaints.show(NO_CONNECTION);
    else if (!ack.ok && ack.error !== "conflict") complaints.show(ack.message);
  });
}
