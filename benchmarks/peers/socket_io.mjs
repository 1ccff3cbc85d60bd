// The fan-out of Node's socket.io: on SIGUSR2 it emits to a room that every socket has joined.

import { Server } from "socket.io";

import { emitAll } from "./emitting.mjs";

const [port, events, rate] = process.argv.slice(2).map(Number);
const io = new Server(port, { transports: ["websocket"] });

io.on("connection", (socket) => socket.join("room"));
process.on("SIGUSR2", () => emitAll(events, rate, (payload) => io.to("room").emit("chunk", payload)));
console.log("listening");
