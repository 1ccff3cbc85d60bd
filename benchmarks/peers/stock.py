"""The fan-out of Flask-SocketIO as it comes: on SIGUSR2 it emits to a room of all sockets."""

# ruff: noqa: E402
import eventlet

eventlet.monkey_patch()  # before any other import

import signal
import sys

from emitting import emit_all
from flask import Flask
from flask_socketio import SocketIO, join_room

app = Flask(__name__)
socketio = SocketIO(app, async_mode="eventlet")


@socketio.on("connect")
def on_connect() -> None:
    """Enter the room."""
    join_room("room")


def emit(payload: dict[str, object]) -> None:
    """Emit to the room."""
    socketio.emit("chunk", payload, to="room")


port, events, rate = map(int, sys.argv[1:])
signal.signal(
    signal.SIGUSR2,
    lambda *_: socketio.start_background_task(emit_all, events, rate, emit, socketio.sleep),
)
print("listening", flush=True)
socketio.run(app, port=port)
