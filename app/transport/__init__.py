"""Engine.IO and Socket.IO, hardened: this package replaces parts of the libraries.

`session` is one reader's Engine.IO session and overrides each method of Engine.IO that changes, its
base class in `sending` those that send; `polling` and `websocket` are its two transports.
`fan_out` sends one event to many readers, and `frame_writer` writes what one WebSocket gets. With
several processes `room_channels` and `redis_publisher` carry events between them, as long as
`heartbeat` says that Redis does.
`docs/security.md` says what an attack meets now.

Attacks, the module that stops each, and its test (in tests/system/transport/ where no folder is
given, for both async modes):

| attack | module | test |
|---|---|---|
| posts that end their session | session.py | test_packets.py |
| polls that are not read, posts in parallel | polling.py, session.py | test_backlog.py |
| polls without a transport, other methods, polls of a silent reader | polling.py, session.py | \
test_packets.py, tests/transport/test_session.py |
| malformed frames, fragments without end, compression, handshakes | websocket.py | \
test_websocket.py |
| many WebSockets for one session, upgrades that never finish | session.py | test_websocket.py |
| data after the server's close frame | websocket.py, app/server/threads.py | test_after_close.py |
| asking without reading, or reading a trickle | sending.py, session.py, frame_writer.py, tcp.py | \
test_slow_readers.py, test_backlog.py |
| stalling in the middle of a frame, vanishing there | frame_writer.py, fan_out.py | \
test_fan_out.py, tests/transport/test_frame_writer.py, tests/transport/test_frame_writer_tcp.py |
| staying connected after being disconnected | disconnecting.py | \
tests/transport/test_disconnecting.py, tests/system/security/test_slow_readers.py |
| a clock that is set | session.py | tests/transport/test_session.py, tests/faults/test_clock.py |
| packets that no reader sends | packets.py, admission.py | test_packets.py |
| text that grows when it is escaped | packets.py | tests/transport/test_packets.py |
| a session's id that somebody else has read | admission.py, polling.py | \
tests/transport/test_session_cookies.py |
| pages of other sites, JSONP | admission.py, polling.py | test_origins.py |
| a prefix that leads elsewhere | proxies.py | tests/transport/test_proxies.py |
| an address, or a user, with too many connections | admission.py, connection_limit.py, \
app/sockets/connecting.py | test_connection_limits.py |
| connections that never sign in | admission.py | test_sign_in_deadline.py |
| sessions that end while they are admitted | admission.py | test_connect_floods.py, \
tests/transport/test_admission.py |
| silent connections | wsgi.py, app/server/threads.py | test_sign_in_deadline.py |
| bodies of unknown or wrong length | app/server/http_requests.py, app/server/threads.py | \
test_http_requests.py |
| malformed heads, bodies that drip | app/server/http_requests.py | test_http_requests.py |
| asking for the libraries' names, filling the log | app/server/http_requests.py | \
test_http_requests.py |
| more connections than file descriptors | app/server/listening.py | \
tests/server/test_listening.py, tests/faults/test_descriptors.py |
| connections that are reset, which kept a descriptor | app/server/http_requests.py, \
app/server/threads.py | test_resets.py |
| more connections than threads | app/server/threads.py | test_no_threads.py |
| a library whose changed code would undo any of this | versions.py | \
test_startup_errors.py, tests/transport/test_versions.py, \
tests/transport/test_library_assumptions.py |
"""

from __future__ import annotations

from functools import partial
from typing import Any

import engineio.socket
from flask import Flask

from app.auth.identity import sign_in_key
from app.config import Config
from app.transport.admission import Admission, is_own_origin
from app.transport.backlog import counting_queue
from app.transport.delayed_calls import DelayedCalls
from app.transport.packets import ReaderPacket, UnescapedJSON
from app.transport.polling import EngineIOMiddleware
from app.transport.proxies import behind_proxies
from app.transport.session import Session
from app.transport.versions import check_versions
from app.transport.websocket import WebSocketApp

__all__ = ["install", "options"]


def options(namespace: str) -> dict[str, Any]:
    """Return options of Socket.IO and Engine.IO, for the one namespace that readers may enter."""
    return {
        "namespaces": [namespace],  # by itself Socket.IO lets everybody into `/`
        "async_handlers": False,  # a reader's events are handled one after the other
        "serializer": ReaderPacket,
        "json": UnescapedJSON,
        "cors_allowed_origins": is_own_origin,
        "cors_credentials": False,
        "http_compression": False,
    }


def install(app: Flask, server: Any, namespace: str, config: Config) -> None:
    """Harden a Socket.IO server that was made with `options`.

    Raises ConfigError where a library has a version that was not tested.
    """
    check_versions()
    engineio.socket.Socket = Session  # Engine.IO has no option for it
    engine = server.eio
    engine.backlog_bytes = config.backlog_bytes
    engine.writers = {}
    engine.pings = DelayedCalls(server, engine.ping_interval, Session.send_ping)
    engine._async = {
        **engine._async,
        "queue": counting_queue(engine._async["queue"], config.backlog_bytes),
        "websocket": WebSocketApp,
    }
    admission = Admission(
        server,
        namespace,
        per_address=config.max_connections_per_address,
        sign_in_seconds=config.sign_in_seconds,
        credential_of=partial(sign_in_key, app),
    )
    admission.install()
    app.wsgi_app = EngineIOMiddleware(app.wsgi_app, admission.is_of_its_browser)  # type: ignore[method-assign]
    if hops := config.trusted_proxies:
        app.wsgi_app = behind_proxies(app.wsgi_app, hops)  # type: ignore[method-assign]
