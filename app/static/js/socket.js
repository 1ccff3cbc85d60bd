// The one way to connect to the server.

import { io } from "../vendor/socket.io.js";

const TRY_MS = 10_000;

/** Returns a socket, not yet connected, which is never connected again by itself: connection.js does
    that, and says when. */
export function newSocket() {
  return io("/conversations", {
    autoConnect: false,
    reconnection: false,
    timeout: TRY_MS,
    transports: ["websocket", "polling"],
    tryAllTransports: true,
  });
}
