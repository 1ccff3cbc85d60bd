"""What the guards rely on: the libraries' code that they hook into, and what it must say."""

from __future__ import annotations

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from socketserver import BaseServer, ThreadingMixIn
from typing import Any, NamedTuple

import engineio.server
import socketio.base_server
import socketio.packet
import socketio.server
from engineio import base_server, base_socket
from engineio import socket as engineio_socket
from flask_socketio import SocketIO
from socketio import base_manager, manager
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from wsproto.connection import Connection as WsprotoConnection


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
    Reliance(
        engineio.server.Server.handle_request,
        ("isinstance(packets, list)", "except exceptions.EngineIOError:\n"),
    ),
    # Who is here is kept by these, and nobody else is.
    Reliance(base_manager.BaseManager.pre_connect, ("self.pending_connect[namespace].append(",)),
    Reliance(base_manager.BaseManager.is_connected, ("self.pending_connect", "self.rooms[")),
    Reliance(base_manager.BaseManager.sid_from_eio_sid, ("self.rooms[namespace][None]._invm[",)),
    Reliance(base_manager.BaseManager.eio_sid_from_sid, ("self.rooms[namespace][None].get(sid)",)),
    Reliance(base_manager.BaseManager.get_participants, ("yield from participants.items()",)),
    Reliance(manager.Manager.disconnect, ("self.basic_disconnect(sid, namespace)",)),
    Reliance(socketio.server.Server.get_environ, ("self.environ.get(eio_sid)",)),
    Reliance(socketio.server.Server.disconnect, ("self.manager.pre_disconnect(", "ignore_queue")),
    # Socket.IO reads packets with the class it is given, in order.
    Reliance(socketio.server.Server._handle_eio_message, ("self.packet_class(encoded_packet=",)),
    Reliance(socketio.packet.Packet.encode, ("self.json.dumps(",)),
    Reliance(socketio.base_server.BaseServer.__init__, ("self.packet_class.json = json",)),
    Reliance(socketio.server.Server._handle_event, ("if self.async_handlers:\n",)),
    Reliance(base_server.BaseServer._cors_allowed_origins, ("self.cors_allowed_origins(origin,",)),
    Reliance(SocketIO.init_app, ("socketio.Server(**self.server_options)",)),
    # What comes after a session's end ends the loop that took it in.
    Reliance(STOCK_SOCKET._websocket_handler, ("except exceptions.SocketIsClosedError:",)),
    # Both WSGI servers read a request's head, and refuse it, by the standard library's methods.
    Reliance(BaseHTTPRequestHandler.parse_request, ("self.headers =", "self.send_error(")),
    Reliance(BaseHTTPRequestHandler.handle_one_request, ("if not self.parse_request():",)),
    Reliance(BaseHTTPRequestHandler.send_error, ("self.log_error(", "self.send_response(")),
    Reliance(BaseHTTPRequestHandler.send_header, ("self.close_connection = True",)),
    # The server of threads accepts with its `socket`, and asks what a dropped connection means.
    Reliance(
        BaseServer._handle_request_noblock,  # type: ignore[attr-defined]
        ("if self.verify_request(request,", "self.process_request(request,"),
    ),
    Reliance(
        ThreadingMixIn.process_request,
        ("target = self.process_request_thread", "t.start()"),
    ),
    Reliance(ThreadingMixIn.process_request_thread, ("self.finish_request(",)),
    Reliance(WSGIRequestHandler.run_wsgi, ("self.make_environ()", "self.rfile.read(10_000_000)")),
    Reliance(WSGIRequestHandler.make_environ, ('"wsgi.input": self.rfile',)),
    Reliance(ThreadedWSGIServer.get_request, ("self.socket.accept()",)),
    Reliance(WSGIRequestHandler.run_wsgi, ("self.connection_dropped(",)),
    Reliance(WsprotoConnection.events, ("except ParseFailed", "yield CloseConnection(")),
)
