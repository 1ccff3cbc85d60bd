"""A server whose every word a test has written: it speaks the protocol, and holds nothing."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import socketio
from socketio.exceptions import ConnectionRefusedError as Refusal
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from midstream.ordered import OrderedClient
from tests.clients.doors import Door, close_on
from tests.vectors.tale import CONVERSATION, description

NAMESPACE = "/conversations"
JOINED = {"ok": True, **description(2)}
Event = dict[str, Any]


class Scene:
    """What a server says to one reader, who is told apart by its token; have your own say it."""

    def __init__(self, server: ScriptedServer) -> None:
        self.server = server
        self.sid = ""
        self.connections = 0
        self.asked: dict[str, list[float]] = defaultdict(list)  # when it made each request

    def refuses(self) -> str:
        """Return why it is not let in this time."""
        return ""

    def join(self, number: int) -> Event:
        """Answer the join of this number, of all its connections; 1: the first."""
        return JOINED

    def send(self, number: int) -> Event:
        """Answer a question that is asked for the so-manieth time."""
        raise NotImplementedError

    def say(self, event: str, data: Event) -> None:
        """Tell the reader something."""
        self.server.socket.emit(event, data, to=self.sid, namespace=NAMESPACE)

    def send_away(self) -> None:
        """Disconnect the reader, as a server does that is about to restart."""
        threading.Thread(target=self.server.socket.disconnect, args=(self.sid, NAMESPACE)).start()

    def answer(self, request: str, payload: Event) -> Event:
        """Note a request and return its answer."""
        assert payload["conversation"] == CONVERSATION
        self.asked[request].append(time.monotonic())
        return getattr(self, request)(len(self.asked[request]))


class _Quiet(WSGIRequestHandler):
    def log(self, *_args: Any) -> None:
        """Say nothing: readers come and go."""


class ScriptedServer:
    """Plays a scene of its own to each token."""

    def __init__(self, scene: type[Scene]) -> None:
        self.scenes: dict[str, Scene] = {}
        self.doors: list[Door] = []  # that close on those who come next
        self._scene = scene
        self._by_sid: dict[str, Scene] = {}
        self.socket = socketio.Server(async_mode="threading")
        self.socket.on("connect", self._connect, namespace=NAMESPACE)
        for request in ("join", "send"):
            self.socket.on(request, self._handler(request), namespace=NAMESPACE)
        self._server = self._serve()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()

    def _serve(self) -> BaseWSGIServer:
        inside = socketio.WSGIApp(self.socket)

        def app(environ: Event, start_response: Any) -> Iterable[bytes]:
            if self.doors:
                close_on(environ, self.doors.pop(0))
            return inside(environ, start_response)  # type: ignore[no-any-return]

        server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server

    def _connect(self, sid: str, _environ: Event, auth: Event) -> None:
        scene = self.scenes.setdefault(auth["token"], self._scene(self))
        scene.connections += 1
        if why := scene.refuses():
            raise Refusal(why)
        scene.sid, self._by_sid[sid] = sid, scene

    def _handler(self, request: str) -> Any:
        return lambda sid, payload: self._by_sid[sid].answer(request, payload)


def connected(server: ScriptedServer) -> OrderedClient:
    """Return what the Python reader connects with, connected."""
    client = OrderedClient()
    options = {"transports": ["websocket"], "namespaces": [NAMESPACE]}
    client.connect(server.url, auth={"token": "t"}, **options)
    return client


Ended = dict[str, tuple[int, str, str]]  # by a reader's name: exit code, output, complaints
Play = Callable[..., tuple[Ended, list[Scene]]]
