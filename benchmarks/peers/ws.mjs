// The fan-out of Node's ws, which knows neither rooms nor acknowledgements: each event is encoded
// once and sent to every socket. It says as much of Engine.IO as the client needs.

import { WebSocketServer } from "ws";

import { emitAll } from "./emitting.mjs";

const [port, events, rate] = process.argv.slice(2).map(Number);
const server = new WebSocketServer({ port, perMessageDeflate: false });

server.on("connection", (socket) => {
  socket.send("0{}");
  socket.on("message", () => socket.send("40{}"));
});
process.on("SIGUSR2", () =>
  emitAll(events, rate, (payload) => {
    const packet = Buffer.from(`42["chunk",${JSON.stringify(payload)}]`);
    for (const socket of server.clients) socket.send(packet, { binary: false });
  }),
);
server.on("listening", () => console.log("listening"));
