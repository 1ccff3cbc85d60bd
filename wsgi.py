"""The server: `python wsgi.py`, with `--prepare` on a database that may be new.

The `flask` command finds the app here, too. Only this file and the configuration name eventlet.
"""

import gc
import os
import sys
import warnings

SERVES = __name__ == "__main__"
COMMANDS = not SERVES or "--prepare" in sys.argv  # else what they need is not even imported
GREEN = SERVES and (os.environ.get("ASYNC_MODE") or "eventlet") == "eventlet"

# Nothing that is imported becomes garbage: to look for it takes a tenth of the start.
gc.disable()

if GREEN:  # before any other import, so that every module gets the green versions
    os.environ.setdefault("PSYCOPG_WAIT_FUNC", "wait_selector")  # psycopg's own waits in C
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is deprecated; docs/architecture.md says why we stay
        import eventlet
        import eventlet.tpool
        import eventlet.wsgi

        eventlet.monkey_patch()

import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Flask

from app import create_app, logs
from app.background import run_in_place
from app.config import Config, ConfigError
from app.server.activation import inherited_listener
from app.server.handover import Handover
from app.server.http_requests import with_request_checks
from app.server.listening import (
    MAX_CONNECTIONS,
    LimitedPool,
    ListeningStopped,
    ResilientListener,
    bind,
)
from app.server.serving import check_connections, check_database, serve
from app.server.stopping import end_process
from app.server.threads import serve_with_threads
from app.server.workers import run_workers
from app.transport.connection_limit import ConnectionLimit
from app.transport.tcp import RELEASE, TCP_SOCKET
from app.transport.versions import check_version
from app.transport.websocket import ConnectionEnded

if COMMANDS:
    from app import commands
    from app.server.preparing import prepare

TESTED_EVENTLET = "0.41"


def load() -> Flask:
    """Return the app: for a server, or for a command, where nothing is green."""
    try:
        config = Config.from_env()
        if GREEN:
            check_version("eventlet", TESTED_EVENTLET)
        else:
            config = replace(config, async_mode="threading")
        app = create_app(config, eventlet.tpool.execute if GREEN else run_in_place)
        if COMMANDS:
            commands.register(app)
        logs.configure(config.monitoring, start_thread if SERVES else None)
        return app
    except ConfigError as error:
        sys.exit(f"midstream: {error}")


def start_thread(run: Callable[[], None]) -> None:
    """Start a thread of the system's, which may wait while the event loop goes on."""
    threads = eventlet.patcher.original("threading") if GREEN else threading
    threads.Thread(target=run, daemon=True).start()


def serve_green(app: Flask, listener: Any, limit: ConnectionLimit) -> None:
    """Serve each connection in a green thread: those that a socket accepts, or a Handover; until
    listening is stopped."""
    config = app.extensions["config"]
    protocol = green_protocol()
    protocol.handover = app.extensions.get("handover")
    with suppress(ListeningStopped):
        eventlet.wsgi.server(
            ResilientListener(listener),
            green_application(app),
            protocol=protocol,
            custom_pool=LimitedPool(eventlet.GreenPool(MAX_CONNECTIONS), limit),
            keepalive=config.silence_seconds,
            socket_timeout=config.silence_seconds,
            debug=False,  # it would write tracebacks into responses
            log_output=False,
        )


def green_protocol() -> Any:
    """Return eventlet's handler of requests with what a request needs to become a WebSocket."""

    class GreenHandler(with_request_checks(eventlet.wsgi.HttpProtocol)):  # type: ignore[misc]
        def get_environ(self) -> dict[str, Any]:
            environ = super().get_environ()
            del environ["headers_raw"]  # as long as all the headers, which are there twice then
            return {**environ, TCP_SOCKET: self.connection, RELEASE: self.release}

    return GreenHandler


def green_application(app: Flask) -> Callable[..., Iterable[bytes]]:
    """Return the app for eventlet's server, in which a request may become a WebSocket."""

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        try:
            return app(environ, start_response)
        except ConnectionEnded:
            eventlet.wsgi.WSGI_LOCAL.already_handled = True  # write no response
            return []

    return application


def main(arguments: list[str]) -> None:
    """Serve, alone or with several workers; a worker gets its number and a folder."""
    config = app.extensions["config"]
    server = serve_green if GREEN else serve_with_threads
    if "--prepare" in arguments:
        prepare(app)
    if arguments[:1] == ["--worker"]:
        handover = Handover(Path(arguments[2]), int(arguments[1]))
        serve(app, bind(config.host, config.port, is_shared=True), server, handover)
    elif config.workers > 1:
        check_database(app)
        check_connections(app)
        run_workers(config, [sys.executable, __file__])
    else:
        serve(app, inherited_listener() or bind(config.host, config.port), server)
    end_process()


app = load()
gc.enable()

if SERVES:
    main(sys.argv[1:])
