"""The server: `python wsgi.py`, on a database that may be new with `--prepare`.

The `flask` command finds the app here, too.
"""

import os
import sys
import warnings

SERVES = __name__ == "__main__"
GREEN = SERVES and os.environ.get("ASYNC_MODE", "eventlet") == "eventlet"

if GREEN:  # before any other import, so that every module gets the green versions
    os.environ.setdefault("PSYCOPG_WAIT_FUNC", "wait_selector")  # psycopg's own waits in C
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # it is in bug-fix mode; docs/architecture.md says why we stay
        import eventlet
        import eventlet.tpool
        import eventlet.wsgi

        eventlet.monkey_patch()

import socket
from dataclasses import replace

from flask import Flask

from app import create_app, directly
from app.config import Config
from app.preparing import prepare
from app.serving import serve, serve_with_threads

BACKLOG = 2048  # the usual 50 made a thousand arrivals take seconds
CONNECTIONS = 20_000  # the usual 1,024 can be held by as many silent sockets


def load() -> Flask:
    """Return the app: for a server, or for a command, where nothing is green."""
    try:
        config = Config.from_env()
        if not GREEN:
            config = replace(config, async_mode="threading")
        return create_app(config, eventlet.tpool.execute if GREEN else directly)
    except ValueError as error:
        sys.exit(f"midstream: {error}")


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens, with room for a thousand who arrive at once."""
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def serve_green(app: Flask, listener: socket.socket) -> None:
    """Serve for ever. `debug` would write tracebacks into WebSocket streams."""
    eventlet.wsgi.server(listener, app, max_size=CONNECTIONS, debug=False, log_output=False)


app = load()

if SERVES:
    if "--prepare" in sys.argv[1:]:
        prepare(app)
    config = app.extensions["desk"].config
    serve(app, listen(config.host, config.port), serve_green if GREEN else serve_with_threads)
