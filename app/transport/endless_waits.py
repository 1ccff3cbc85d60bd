"""Against waits without end: a session that is closed for its bad manners is closed at once.

By itself Engine.IO waits until the queue of a session it closes is empty. Where nobody polls
that is never, and the request that brought the bad packet, and its thread, stay for good.
"""

from __future__ import annotations

from typing import Any

from engineio import socket as stock
from engineio.exceptions import EngineIOError


class NoEndlessWaits(stock.Socket):  # type: ignore[misc]  # engineio has no types
    """An Engine.IO socket that never waits for anyone to read what is left."""

    def close(self, wait: bool = True, abort: bool = False, reason: str | None = None) -> None:
        """Close the session; with `abort`, what waits to be sent is dropped."""
        super().close(wait=False, abort=abort, reason=reason)
        self.server.sockets.pop(self.sid, None)  # else the next post would end in a traceback

    def handle_post_request(self, environ: dict[str, Any]) -> None:
        """Take packets in; what is none ends the session, and needs no traceback in the log."""
        try:
            super().handle_post_request(environ)
        except (ValueError, KeyError, RecursionError, OSError) as error:
            raise EngineIOError("the body holds no packets") from error
