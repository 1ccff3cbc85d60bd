"""The pages and forms that are being served: a process that ends waits for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from werkzeug.wsgi import ClosingIterator

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

SOCKETS = "/socket.io"  # polls wait for what comes, and WebSockets last for hours


class RequestsInProgress:
    """The application, whose requests are counted, except for those of sockets."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._requests: set[object] = set()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve a request."""
        if environ.get("PATH_INFO", "").startswith(SOCKETS):
            return self._application(environ, start_response)
        request = object()
        self._requests.add(request)
        try:
            response = self._application(environ, start_response)
        except BaseException:
            self._requests.discard(request)
            raise
        return ClosingIterator(response, partial(self._requests.discard, request))

    def __bool__(self) -> bool:
        """Return whether there are any."""
        return bool(self._requests)
