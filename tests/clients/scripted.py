"""A server that follows a script: it speaks the protocol, and stores nothing."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

import socketio
from socketio.exceptions import ConnectionRefusedError as Refusal
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from midstream.ordered_client import OrderedClient
from tests.clients.dropping import Drop, accept_and_drop
from tests.vectors.scenario import CONVERSATION, description

NAMESPACE = "/conversations"
JOINED = {"ok": True, **description(2)}
Event = dict[str, Any]


class Script:
    """What the server sends to one reader, which its token identifies. Derive and override."""

    def __init__(self, server: ScriptedServer) -> None:
        self.server = server
        self.sid = ""
        self.hints: list[str | None] = []  # the conversation in the address of each connection
        self.requests: dict[str, list[float]] = defaultdict(list)  # when the reader sent each one
        self.questions: list[Event] = []  # the payloads of each `send`

    def refusal(self) -> str:
        """Return why this connection is refused; empty if it is accepted."""
        return ""

    def join(self, number: int) -> Event:
        """Return the acknowledgement of the reader's first join (1), second join (2), …"""
        return JOINED

    def send(self, number: int) -> Event:
        """Return the acknowledgement of the reader's first `send` (1), second `send` (2), …"""
        raise NotImplementedError

    def emit(self, event: str, data: Event) -> None:
        """Send an event to the reader."""
        self.server.socket.emit(event, data, to=self.sid, namespace=NAMESPACE)

    def disconnect(self) -> None:
        """Disconnect the reader, like a server that is about to restart."""
        threading.Thread(target=self.server.socket.disconnect, args=(self.sid, NAMESPACE)).start()

    def acknowledge(self, request: str, payload: Event) -> Event:
        """Record a request and return its acknowledgement."""
        assert payload["conversation"] == CONVERSATION
        self.requests[request].append(time.monotonic())
        if request == "send":
            self.questions.append(payload)
        return getattr(self, request)(len(self.requests[request]))


class _Quiet(WSGIRequestHandler):
    def log(self, *_args: Any) -> None:
        """Log nothing."""


class ScriptedServer:
    """Runs an instance of its script for each token."""

    def __init__(self, script: type[Script]) -> None:
        self.scripts: dict[str, Script] = {}
        self.drops: list[Drop] = []  # how it drops the next connections
        self._script = script
        self._by_sid: dict[str, Script] = {}
        self.socket = socketio.Server(async_mode="threading")
        self.socket.on("connect", self._connect, namespace=NAMESPACE)
        for request in ("join", "send"):
            self.socket.on(request, self._handler(request), namespace=NAMESPACE)
        self._server = self._serve()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Shut it down."""
        self._server.shutdown()
        self._server.server_close()

    def _serve(self) -> BaseWSGIServer:
        socketio_app = socketio.WSGIApp(self.socket)

        def app(environ: Event, start_response: Any) -> Iterable[bytes]:
            if self.drops:
                accept_and_drop(environ, self.drops.pop(0))
            return socketio_app(environ, start_response)  # type: ignore[no-any-return]

        server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server

    def _connect(self, sid: str, environ: Event, auth: Event) -> None:
        script = self.scripts.setdefault(auth["token"], self._script(self))
        [hint] = parse_qs(environ["QUERY_STRING"]).get("conversation", [None])
        script.hints.append(hint)
        if reason := script.refusal():
            raise Refusal(reason)
        script.sid, self._by_sid[sid] = sid, script

    def _handler(self, request: str) -> Any:
        return lambda sid, payload: self._by_sid[sid].acknowledge(request, payload)


def connected(server: ScriptedServer) -> OrderedClient:
    """Return the Python reader's client, connected."""
    client = OrderedClient()
    options = {"transports": ["websocket"], "namespaces": [NAMESPACE]}
    client.connect(server.url, auth={"token": "t"}, **options)
    return client


Ended = dict[str, tuple[int, str, str]]  # by a reader's name: exit code, output, errors
Run = Callable[..., tuple[Ended, list[Script]]]
