// The buttons on messages. Without this they post forms.

import { ACK_TIMEOUT_MS } from "./patience.js";

const WAITING = "There is no connection. This will be done when it is back.";
const FAILED = "That did not reach the server. Please try again.";

const busy = new WeakSet(); // not disabled, or they would lose the focus

/** Sends the button's event (stop, retry) about its message over the socket, or says that it waits for
    a connection and sends it then; complaints tell of failure. Until there has been one, forms are posted. */
export function listenForActions(element, socket, complaints) {
  let wasConnected = false;
  socket.on("connect", () => (wasConnected = true));
  element.addEventListener("click", (event) => {
    const button = event.target.closest("[data-action=stop], [data-action=retry]");
    if (!button || !wasConnected) return;
    event.preventDefault();
    if (socket.connected) perform(button, socket, complaints);
    else wait(button, socket, complaints);
  });
}

/** Pressed again it says so again, and is done once: by then it may have been done, or be too late. */
function wait(button, socket, complaints) {
  complaints.show(WAITING);
  if (busy.has(button)) return;
  busy.add(button);
  socket.once("connect", () => {
    busy.delete(button);
    complaints.withdraw(WAITING);
    perform(button, socket, complaints);
  });
}

function perform(button, socket, complaints) {
  if (busy.has(button)) return;
  busy.add(button);
  const { id } = button.closest(".message");
  socket.timeout(ACK_TIMEOUT_MS).emit(button.dataset.action, { id }, (error, ack) => {
    busy.delete(button);
    if (error) complaints.show(FAILED);
    else if (!ack.ok && ack.error !== "conflict") complaints.show(ack.message);
  });
}
