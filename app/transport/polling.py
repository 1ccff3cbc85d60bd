"""Long polling, and the WSGI middleware that every request for Engine.IO passes.

A poll takes everything that waits for a reader into one response. By itself Engine.IO answers
polls side by side, so that a reader that polls again before it has read holds one more response
each time. Here a poll waits until the response before it has been written, and ends the session if
that takes too long; so does a post. Engine.IO's protocol forbids clients to overlap them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any
from urllib.parse import parse_qs

from engineio.exceptions import EngineIOError

from app.transport.websocket import ENDED, ConnectionEnded

PATH = "/socket.io"
METHODS = ("GET", "POST")
ON_WRITTEN = "midstream.on_written"  # a request's list of what is called when it is answered
OVERLAP_TIMEOUT_SECONDS = 2.0

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class OneAtATime:
    """Lets requests of one kind through one after the other."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._lock = Lock()

    def begin(self) -> None:
        """Wait for the request before; raises EngineIOError if that takes too long."""
        if not self._lock.acquire(timeout=OVERLAP_TIMEOUT_SECONDS):
            raise EngineIOError(f"a {self._kind} during another one")

    def end(self) -> None:
        """Let the next one begin."""
        self._lock.release()


def is_upgrade(environ: Environ) -> bool:
    """Return whether Engine.IO will take a GET request for the beginning of a WebSocket."""
    options = [each.strip() for each in environ.get("HTTP_CONNECTION", "").lower().split(",")]
    return "upgrade" in options and environ.get("HTTP_UPGRADE", "").lower() == "websocket"


class EngineIOMiddleware:
    """Refuses requests that no client makes, and says when a response has been written.

    Where a request has become a WebSocket it raises ConnectionEnded, for the WSGI server.
    """

    def __init__(
        self, application: Application, admits: Callable[[str, Environ], bool] = lambda *_: True
    ) -> None:
        self._application = application
        self._admits = admits  # whether a request may use the session with this id

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve a request."""
        if not environ.get("PATH_INFO", "").startswith(PATH):
            return self._application(environ, start_response)
        if refusal := _refusal(environ, self._admits):
            start_response("400 Bad Request", [("Content-Type", "text/plain")])
            return [refusal]
        on_written: list[Callable[[], None]] = []
        environ[ON_WRITTEN] = on_written  # a copy of environ, which is passed on, shares the list
        response = self._application(environ, start_response)
        if response is ENDED:
            raise ConnectionEnded
        return Response(response, on_written)


class Response(list[bytes]):
    """A response that calls functions when it has been written, or could not be."""

    def __init__(self, parts: Iterable[bytes], on_written: list[Callable[[], None]]) -> None:
        super().__init__(parts)
        self._on_written = on_written

    def close(self) -> None:
        """Called by the WSGI server at the end, as PEP 3333 requires."""
        for call in self._on_written:
            call()


def _refusal(environ: Environ, admits: Callable[[str, Environ], bool]) -> bytes | None:
    """Return what is wrong with a request.

    JSONP would let another site's page run a response as a script. By itself Engine.IO also takes
    a request without a transport for a poll, and answers OPTIONS with what other sites may do.
    """
    query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    if "j" in query:
        return b"JSONP is not supported."
    if environ["REQUEST_METHOD"] not in METHODS or "transport" not in query:
        return b"Not an Engine.IO request."
    if "sid" in query and not admits(query["sid"][0], environ):
        return b"This session was opened with other cookies."
    return None
