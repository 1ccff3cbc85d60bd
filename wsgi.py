"""The server: `python wsgi.py`, on a database that may be new with `--prepare`.

The `flask` command finds the app here, too.
"""

import os
import sys
import warnings

SERVES = __name__ == "__main__"
GREEN = SERVES and (os.environ.get("ASYNC_MODE") or "eventlet") == "eventlet"

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
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from flask import Flask

from app import create_app
from app.background import run_in_place
from app.config import Config
from app.server.accepting import PatientListener
from app.server.descriptors import MAX_CONNECTIONS
from app.server.http_requests import strict
from app.server.listening import listen
from app.server.preparing import prepare
from app.server.serving import serve, serve_with_threads
from app.transport.crowds import Places
from app.transport.internals import check_code, check_version
from app.transport.reliances import Reliance
from app.transport.upgrade import ConnectionEnded
from app.transport.wire import CONNECTION

TESTED_EVENTLET = "0.41"


def load() -> Flask:
    """Return the app: for a server, or for a command, where nothing is green."""
    try:
        config = Config.from_env()
        if GREEN:
            check_version("eventlet", TESTED_EVENTLET)
            check_code(green_reliances())
        else:
            config = replace(config, async_mode="threading")
        return create_app(config, eventlet.tpool.execute if GREEN else run_in_place)
    except ValueError as error:
        sys.exit(f"midstream: {error}")


def green_reliances() -> list[Reliance]:
    """Return what this file relies on of the green server."""
    wsgi = eventlet.wsgi
    calls = ("pool.spawn(serv.process_request, connection)", "sock.accept()", "custom_pool")
    return [
        Reliance(wsgi.server, calls),
        Reliance(wsgi.Server.process_request, ("self.protocol(conn_state, self)",)),
        Reliance(wsgi.HttpProtocol.handle_one_request, ("if not self.parse_request():",)),
        Reliance(wsgi.HttpProtocol.handle_one_response, ("if WSGI_LOCAL.already_handled:",)),
        Reliance(wsgi.HttpProtocol.get_environ, ("env['eventlet.input'] = Input(",)),
        Reliance(wsgi.Input.get_socket, ("return self._sock",)),
    ]


def serve_green(app: Flask, listener: socket.socket, places: Places) -> None:
    """Serve for ever. `debug` would write tracebacks into responses."""
    config = app.extensions["config"]
    eventlet.wsgi.server(
        PatientListener(listener),
        handing_over(app),
        protocol=strict(eventlet.wsgi.HttpProtocol),
        custom_pool=Pool(places),
        keepalive=config.silence_seconds,
        socket_timeout=config.silence_seconds,
        debug=False,
        log_output=False,
    )


def handing_over(app: Flask) -> Callable[..., Iterable[bytes]]:
    """Return the app as eventlet's server calls it: a request may become a WebSocket."""

    def serve(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ[CONNECTION] = environ["eventlet.input"].get_socket()
        try:
            return app(environ, start_response)
        except ConnectionEnded:  # else a response would be written into the stream
            eventlet.wsgi.WSGI_LOCAL.already_handled = True
            return []

    return serve


class Pool:
    """Gives each connection a green thread of its own, as long as there are places."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._threads = eventlet.GreenPool(MAX_CONNECTIONS)

    def spawn(self, serve: Callable[..., None], connection: Any) -> Any:
        """Serve a connection; the server closes it afterwards."""
        return self._threads.spawn(self._serve, serve, connection)

    def waitall(self) -> None:
        """Wait until all have been served."""
        self._threads.waitall()

    def _serve(self, serve: Callable[..., None], connection: Any) -> None:
        address = connection[0][0]
        if self._places.take(address):
            try:
                with suppress(OSError):  # whoever called has gone
                    serve(connection)
            finally:
                self._places.leave(address)


app = load()

if SERVES:
    if "--prepare" in sys.argv[1:]:
        prepare(app)
    config = app.extensions["config"]
    serve(app, listen(config.host, config.port), serve_green if GREEN else serve_with_threads)
