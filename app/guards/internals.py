"""Against upgrades that would silently remove a guard: what the guards rely on is looked at.

A library's version is in the range that the guards were tested with, and the code that they
hook into still says what they count on. Otherwise the server doesn't start.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib.metadata import version
from typing import Any, NamedTuple

import engineio.server
import socketio.server
from engineio import base_server, base_socket
from engineio import socket as engineio_socket
from flask_socketio import SocketIO
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from wsproto.connection import Connection as WsprotoConnection

from app.config import ConfigError

TESTED = {
    "python-engineio": "4.15",
    "python-socketio": "5.18",
    "flask-socketio": "5.7",
    "wsproto": "1.3",
    "werkzeug": "3.1",
}


class Reliance(NamedTuple):
    """Code that a guard relies on, and what it must say."""

    code: Callable[..., Any]
    says: tuple[str, ...]


# Before it is replaced: the class that the guards' own is made of.
STOCK_SOCKET = engineio_socket.Socket

RELIANCES = (
    # The class of the sockets can be replaced, and the queue and the WebSocket's class too.
    Reliance(engineio.server.Server._handle_connect, ("socket.Socket(self, sid)",)),
    Reliance(base_socket.BaseSocket.__init__, ("self.queue = self.server.create_queue()",)),
    Reliance(base_server.BaseServer.create_queue, ("self._async['queue'](",)),
    Reliance(
        STOCK_SOCKET._upgrade_websocket,
        ("self.server._async['websocket'](\n", "self._websocket_handler, self.server)"),
    ),
    # Engine.IO's handlers can be wrapped, and what `connect` returns refuses.
    Reliance(engineio.server.Server._trigger_event, ("self.handlers[event](*args)",)),
    Reliance(engineio.server.Server._handle_connect, ("_unauthorized(ret or None)",)),
    # Sessions are closed by `close`, packets go out through `send` and `poll`.
    Reliance(engineio.server.Server.disconnect, ("socket.close(reason=",)),
    Reliance(engineio.server.Server.send_packet, ("socket.send(pkt)",)),
    Reliance(STOCK_SOCKET.send, ("self.check_ping_timeout()", "self.queue.put(pkt)")),
    Reliance(STOCK_SOCKET.close, ("if wait:\n", "self.queue.put(None)", "if not abort:\n")),
    Reliance(STOCK_SOCKET.schedule_ping, ("self._send_ping",)),
    Reliance(STOCK_SOCKET.handle_get_request, ("self.upgrade_protocols", "self.poll()")),
    Reliance(STOCK_SOCKET.handle_post_request, ("ContentTooLongError()", "self.receive(pkt)")),
    Reliance(
        STOCK_SOCKET._websocket_handler,
        ("self.poll()", "self.receive(pkt)", "ws.wait()", "ws.close()", "'_sock'"),
    ),
    Reliance(engineio.server.Server.handle_request, ("isinstance(packets, list)",)),
    # Socket.IO reads packets with the class it is given, in order.
    Reliance(socketio.server.Server._handle_eio_message, ("self.packet_class(encoded_packet=",)),
    Reliance(socketio.server.Server._handle_event, ("if self.async_handlers:\n",)),
    Reliance(base_server.BaseServer._cors_allowed_origins, ("self.cors_allowed_origins(origin,",)),
    Reliance(SocketIO.init_app, ("socketio.Server(**self.server_options)",)),
    # The server of threads accepts with its `socket`, and asks what a dropped connection means.
    Reliance(ThreadedWSGIServer.get_request, ("self.socket.accept()",)),
    Reliance(WSGIRequestHandler.run_wsgi, ("self.connection_dropped(",)),
    Reliance(WsprotoConnection.events, ("except ParseFailed", "yield CloseConnection(")),
)


def check_internals() -> None:
    """Raise ConfigError, with a sentence, where a library isn't what the guards rely on."""
    for library, tested in TESTED.items():
        check_version(library, tested)
    for code, says in RELIANCES:
        _check(code, says)


def check_version(library: str, tested: str) -> None:
    """Raise ConfigError, with a sentence, where a library is not in the tested range."""
    found = version(library)
    if not f"{found}.".startswith(f"{tested}."):
        raise ConfigError(_sentence(f"{library} {found} is not the tested {tested}"))


def _check(code: Callable[..., Any], says: tuple[str, ...]) -> None:
    try:
        source = inspect.getsource(code)
    except (OSError, TypeError):
        source = ""
    if missing := [part for part in says if part not in source]:
        name = f"{code.__module__}.{code.__qualname__}"
        raise ConfigError(_sentence(f"{name} no longer says {missing[0].strip()!r}"))


def _sentence(what: str) -> str:
    return f"The guards can't be trusted: {what}. See docs/security.md, Upgrading a library."
