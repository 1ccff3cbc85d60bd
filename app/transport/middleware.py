"""WSGI middleware before Engine.IO."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

from app.transport.overlapping_polls import ON_WRITTEN
from app.transport.upgrade import ENDED, ConnectionEnded

PATH = "/socket.io"
METHODS = ("GET", "POST")

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class EngineIOMiddleware:
    """Refuses what no client asks for, and above all JSONP, which would let a stranger's page run a
    response as a script; tells the server of a WebSocket's end; and tells Engine.IO when a response
    has been written."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve a request."""
        if not environ.get("PATH_INFO", "").startswith(PATH):
            return self._application(environ, start_response)
        if refusal := _refusal(environ):
            start_response("400 Bad Request", [("Content-Type", "text/plain")])
            return [refusal]
        on_written: list[Callable[[], None]] = []
        environ[ON_WRITTEN] = on_written  # shared, though a copy of environ is passed on
        response = self._application(environ, start_response)
        if response is ENDED:
            raise ConnectionEnded
        return Response(response, on_written)


def _refusal(environ: Environ) -> bytes | None:
    """Say what is wrong with a request. By itself Engine.IO takes one without a transport for a
    poll, and answers those who ask what other sites may do."""
    query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    if "j" in query:
        return b"JSONP is not served here."
    if environ["REQUEST_METHOD"] not in METHODS or "transport" not in query:
        return b"This is no request of Engine.IO's."
    return None


class Response(list[bytes]):
    """A response of which somebody wants to know when it has been written."""

    def __init__(self, parts: Iterable[bytes], on_written: list[Callable[[], None]]) -> None:
        super().__init__(parts)
        self._on_written = on_written

    def close(self) -> None:
        """Called by the WSGI server at the end, however it came."""
        for tell in self._on_written:
            tell()
