"""What app/transport and app/server rely on in the libraries that they extend.

Where a test fails after an upgrade, read what changed in the library, and whether the override that
relies on it still does what its docstring says. docs/security.md, "Upgrading a library".
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from socketserver import BaseServer, ThreadingMixIn
from typing import Any, NamedTuple

import engineio.server
import eventlet.green.thread
import eventlet.queue
import eventlet.wsgi
import pytest
import socketio.base_server
import socketio.packet
import socketio.server
from engineio import base_server, base_socket
from eventlet.greenio import GreenSocket
from flask import Flask
from flask.testing import FlaskClient
from flask_socketio import SocketIO
from socketio import base_manager, manager, pubsub_manager
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from wsproto.connection import Connection as WsprotoConnection

from app.extensions import socketio as app_socketio
from app.transport.polling import ON_WRITTEN, is_upgrade
from app.transport.sending import EngineIOSocket
from app.transport.session import Session

POLL = "/socket.io/?EIO=4&transport=polling"


class Assumption(NamedTuple):
    """Code of a library, and parts of its source that must be there."""

    code: Callable[..., Any]
    parts: tuple[str, ...]

    @property
    def missing(self) -> list[str]:
        """Return the parts that the source doesn't have."""
        source = inspect.getsource(self.code)
        return [part for part in self.parts if part not in source]


ASSUMPTIONS = (
    # The classes of sessions, queues and WebSockets can be replaced.
    Assumption(engineio.server.Server._handle_connect, ("socket.Socket(self, sid)",)),
    Assumption(base_socket.BaseSocket.__init__, ("self.queue = self.server.create_queue()",)),
    Assumption(base_server.BaseServer.create_queue, ("self._async['queue'](",)),
    Assumption(
        EngineIOSocket._upgrade_websocket,
        ("self.server._async['websocket'](\n", "self._websocket_handler, self.server)"),
    ),
    # Engine.IO's handlers can be replaced, and what `connect` returns refuses.
    Assumption(engineio.server.Server._trigger_event, ("self.handlers[event](*args)",)),
    Assumption(engineio.server.Server._handle_connect, ("_unauthorized(ret or None)",)),
    # Sessions are closed by `close`, packets go out through `send` and `poll`.
    Assumption(engineio.server.Server.disconnect, ("socket.close(reason=",)),
    Assumption(engineio.server.Server.send_packet, ("socket.send(pkt)",)),
    Assumption(EngineIOSocket.send, ("self.check_ping_timeout()", "self.queue.put(pkt)")),
    Assumption(EngineIOSocket.close, ("if wait:\n", "self.queue.put(None)", "if not abort:\n")),
    Assumption(engineio.server.Server._handle_connect, ("s.schedule_ping()",)),
    Assumption(EngineIOSocket.receive, ("self.schedule_ping()", "packet.PONG")),
    Assumption(EngineIOSocket.handle_get_request, ("self.upgrade_protocols", "self.poll()")),
    Assumption(EngineIOSocket.handle_post_request, ("ContentTooLongError()", "self.receive(pkt)")),
    Assumption(
        engineio.server.Server.handle_request,
        ("isinstance(packets, list)", "except exceptions.EngineIOError:\n"),
    ),
    # Socket.IO's manager knows who is connected, by these alone.
    Assumption(base_manager.BaseManager.pre_connect, ("self.pending_connect[namespace].append(",)),
    Assumption(base_manager.BaseManager.is_connected, ("self.pending_connect", "self.rooms[")),
    Assumption(base_manager.BaseManager.sid_from_eio_sid, ("self.rooms[namespace][None]._invm[",)),
    Assumption(
        base_manager.BaseManager.eio_sid_from_sid, ("self.rooms[namespace][None].get(sid)",)
    ),
    Assumption(base_manager.BaseManager.get_participants, ("yield from participants.items()",)),
    Assumption(manager.Manager.disconnect, ("self.basic_disconnect(sid, namespace)",)),
    Assumption(socketio.server.Server.get_environ, ("self.environ.get(eio_sid)",)),
    Assumption(socketio.server.Server.disconnect, ("self.manager.pre_disconnect(", "ignore_queue")),
    # Socket.IO reads packets with the class it is given, in order.
    Assumption(socketio.server.Server._handle_eio_message, ("self.packet_class(encoded_packet=",)),
    Assumption(socketio.packet.Packet.encode, ("self.json.dumps(",)),
    Assumption(socketio.base_server.BaseServer.__init__, ("self.packet_class.json = json",)),
    Assumption(socketio.server.Server._handle_event, ("if self.async_handlers:\n",)),
    Assumption(
        base_server.BaseServer._cors_allowed_origins, ("self.cors_allowed_origins(origin,",)
    ),
    Assumption(SocketIO.init_app, ("socketio.Server(**self.server_options)",)),
    # A manager of ours can be used, which sends one event to many; Redis brings it the others'.
    Assumption(SocketIO.init_app, ("'client_manager' not in kwargs",)),
    Assumption(socketio.server.Server.emit, ("self.manager.emit(",)),
    Assumption(manager.Manager.emit, ("self.server._send_eio_packet(eio_sid, p)",)),
    Assumption(socketio.server.Server._send_eio_packet, ("self.eio.send_packet(",)),
    Assumption(pubsub_manager.PubSubManager.emit, ("self._handle_emit(message)", "super().emit(")),
    Assumption(pubsub_manager.PubSubManager._handle_emit, ("super().emit(message['event']",)),
    # Both WSGI servers read a request's head, and refuse it, by the standard library's methods.
    Assumption(BaseHTTPRequestHandler.parse_request, ("self.headers =", "self.send_error(")),
    Assumption(BaseHTTPRequestHandler.handle_one_request, ("if not self.parse_request():",)),
    Assumption(BaseHTTPRequestHandler.send_error, ("self.log_error(", "self.send_response(")),
    Assumption(BaseHTTPRequestHandler.send_header, ("self.close_connection = True",)),
    # The threading server accepts with its `socket`, and can be told to end a connection.
    Assumption(
        BaseServer._handle_request_noblock,  # type: ignore[attr-defined]
        ("if self.verify_request(request,", "self.process_request(request,"),
    ),
    Assumption(
        ThreadingMixIn.process_request,
        ("target = self.process_request_thread", "t.start()"),
    ),
    Assumption(ThreadingMixIn.process_request_thread, ("self.finish_request(",)),
    Assumption(WSGIRequestHandler.run_wsgi, ("self.make_environ()", "self.rfile.read(10_000_000)")),
    Assumption(WSGIRequestHandler.make_environ, ('"wsgi.input": self.rfile',)),
    Assumption(ThreadedWSGIServer.get_request, ("self.socket.accept()",)),
    Assumption(WSGIRequestHandler.run_wsgi, ("self.connection_dropped(",)),
    Assumption(WsprotoConnection.events, ("except ParseFailed", "yield CloseConnection(")),
    # The green server.
    Assumption(
        eventlet.wsgi.server,
        ("pool.spawn(serv.process_request, connection)", "sock.accept()", "custom_pool"),
    ),
    Assumption(eventlet.wsgi.Server.process_request, ("self.protocol(conn_state, self)",)),
    Assumption(eventlet.wsgi.HttpProtocol.handle_one_request, ("if not self.parse_request():",)),
    Assumption(eventlet.wsgi.HttpProtocol.handle_one_response, ("if WSGI_LOCAL.already_handled:",)),
    Assumption(eventlet.wsgi.HttpProtocol.get_environ, ("env['eventlet.input'] = Input(",)),
    Assumption(eventlet.wsgi.Input.get_socket, ("return self._sock",)),
    Assumption(eventlet.queue.LightQueue.put, ("self._put(item)",)),
    Assumption(eventlet.queue.LightQueue.get, ("return self._get()",)),
)


@pytest.mark.parametrize(
    "assumption", ASSUMPTIONS, ids=lambda each: f"{each.code.__qualname__}-{each.parts[0].strip()}"
)
def test_the_source_is_as_assumed(assumption: Assumption) -> None:
    assert not assumption.missing


def test_changed_source_is_noticed() -> None:
    def create_queue(self: Any) -> list[Any]:
        return []

    assert Assumption(create_queue, ("self._async['queue'](",)).missing


def test_nothing_yields_while_a_frame_is_written_at_once() -> None:
    """Green sockets leave `sendmsg` to the real socket, which does not wait; the lock is real."""
    assert "sendmsg" not in vars(GreenSocket)
    assert "RLock" not in eventlet.green.thread.__patched__


@pytest.fixture
def quiet(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The app's Engine.IO server, which starts no background tasks."""
    engine = app_socketio.server.eio
    monkeypatch.setattr(engine, "start_background_task", lambda *_: None)
    monkeypatch.setattr(engine, "start_service_task", False)
    return engine


def test_engineio_makes_our_sessions_with_counting_queues(quiet: Any, client: FlaskClient) -> None:
    response = client.get(POLL)
    assert response.status_code == 200
    (session,) = quiet.sockets.values()
    assert type(session) is Session
    assert session.queue.put_bytes == session.queue.taken_bytes == len(response.data)


def test_what_connect_returns_refuses_a_session(
    quiet: Any, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(quiet.handlers, "connect", lambda *_: "No.")
    assert client.get(POLL).status_code == 401
    assert not quiet.sockets


def test_an_engineio_error_ends_the_session_with_a_bad_request(
    quiet: Any, client: FlaskClient
) -> None:
    client.get(POLL)
    (session,) = quiet.sockets.values()
    assert client.post(f"{POLL}&sid={session.sid}", data="no packet").status_code == 400
    assert session.closed and not quiet.sockets


def test_engineio_closes_sessions_by_our_method(
    quiet: Any, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[Session] = []
    close = Session.close

    def record(self: Session, **options: Any) -> None:
        closed.append(self)
        close(self, **options)

    monkeypatch.setattr(Session, "close", record)
    client.get(POLL)
    (session,) = quiet.sockets.values()
    quiet.disconnect(session.sid)
    assert closed == [session]


def test_engineio_upgrades_with_our_websocket(quiet: Any, client: FlaskClient) -> None:
    headers = {"Connection": "Upgrade", "Upgrade": "websocket"}
    response = client.get(POLL.replace("polling", "websocket"), headers=headers)
    assert response.status_code == 426, "there is no TCP connection beneath this client"


CONNECTIONS = (
    "",
    "upgrade",
    "Upgrade",
    "keep-alive, Upgrade",
    "keep-alive",
    "upgrade,",
    "x upgrade",
)
UPGRADES = ("", "websocket", "WebSocket", "h2c", "websocket, h2c", " websocket")


@pytest.mark.parametrize("connection", CONNECTIONS)
@pytest.mark.parametrize("upgrade", UPGRADES)
def test_engineio_upgrades_the_requests_that_we_take_for_upgrades(
    quiet: Any, connection: str, upgrade: str
) -> None:
    session = EngineIOSocket(quiet, "a session")
    session._upgrade_websocket = lambda *_: "upgraded"
    session.upgrading = True  # polls are answered at once
    environ = {ON_WRITTEN: [], "HTTP_CONNECTION": connection, "HTTP_UPGRADE": upgrade}
    upgraded = session.handle_get_request(environ, lambda *_: None) == "upgraded"
    assert is_upgrade(environ) is upgraded
