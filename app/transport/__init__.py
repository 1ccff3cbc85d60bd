"""What hardens the stock stack: Engine.IO, Socket.IO and the WSGI servers beneath the app.

Each file is named by what it defends against and says what would happen without it;
`docs/security.md` says how each was tested. `options` are documented ones; what has no option
is done by subclasses and by handlers that Engine.IO lets one register; and `internals` refuses
to start where a library is no longer what the guards were made for.
"""

from __future__ import annotations

from typing import Any

from engineio import socket as engineio_socket
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app.config import Config
from app.transport import plain_json
from app.transport.backlog import measured
from app.transport.connection import Connection
from app.transport.crowds import refuse_crowds
from app.transport.foreign_origins import is_own
from app.transport.internals import check_counting, check_internals
from app.transport.late_arrivals import forget_late_arrivals
from app.transport.malformed_packets import ReaderPacket, refuse_malformed_packets
from app.transport.middleware import EngineIOMiddleware
from app.transport.unauthenticated_connections import close_unauthenticated
from app.transport.upgrade import Upgrade

__all__ = ["install", "options"]


def options(namespace: str) -> dict[str, Any]:
    """Return the options of Socket.IO and Engine.IO that are guards themselves."""
    return {
        "namespaces": [namespace],  # by itself it lets anyone into `/`
        "async_handlers": False,  # a reader's events are handled one after the other
        "serializer": ReaderPacket,
        "json": plain_json,
        "cors_allowed_origins": is_own,
        "cors_credentials": False,
        "http_compression": False,
    }


def install(app: Flask, server: Any, namespace: str, config: Config) -> None:
    """Guard a Socket.IO server that was made with `options`; raises ConfigError."""
    check_internals()
    engineio_socket.Socket = Connection  # Engine.IO has no option for the class of its sockets
    engine = server.eio
    engine.backlog_bytes = config.backlog_bytes
    engine._async = {
        **engine._async,
        "queue": measured(engine._async["queue"], config.backlog_bytes),
        "websocket": Upgrade,
    }
    check_counting(engine.create_queue)
    forget_late_arrivals(server, namespace)
    refuse_malformed_packets(engine)
    close_unauthenticated(server, namespace, config.sign_in_seconds)
    refuse_crowds(engine, config.max_connections_per_address)
    app.wsgi_app = EngineIOMiddleware(app.wsgi_app)  # type: ignore[method-assign]
    if hops := config.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
