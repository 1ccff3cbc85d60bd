"""Against polls and posts that overlap: each could hold megabytes that nobody reads.

A poll takes all that waits for a reader into one response. A reader that polls again before it
has read that response would hold one more each time; here it waits until the response is written
and is cut off if that takes too long. So is one that posts before its last post was worked off.
No client of ours does either, and Engine.IO's protocol forbids it.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any

from engineio import socket as stock
from engineio.exceptions import EngineIOError

ON_WRITTEN = "midstream.on_written"  # where a request lists what is called once it is answered
OVERLAP_TIMEOUT_SECONDS = 2.0


class OneAtATime(stock.Socket):  # type: ignore[misc]  # engineio has no types
    """An Engine.IO socket that answers one poll, and one post, at a time."""

    def __init__(self, server: Any, sid: str) -> None:
        super().__init__(server, sid)
        self._polling = Lock()
        self._posting = Lock()

    def handle_get_request(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Any:
        """Answer a poll, or serve a WebSocket; raises EngineIOError, which ends the session."""
        if _is_upgrade(environ):
            return super().handle_get_request(environ, start_response)
        if not self._polling.acquire(timeout=OVERLAP_TIMEOUT_SECONDS):
            raise EngineIOError("a poll while another is being answered")
        environ[ON_WRITTEN].append(self._polling.release)
        return super().handle_get_request(environ, start_response)

    def handle_post_request(self, environ: dict[str, Any]) -> None:
        """Take a post in; raises EngineIOError, which ends the session."""
        if not self._posting.acquire(timeout=OVERLAP_TIMEOUT_SECONDS):
            raise EngineIOError("a post while another is being worked off")
        try:
            super().handle_post_request(environ)
        finally:
            self._posting.release()


def _is_upgrade(environ: dict[str, Any]) -> bool:
    """Tell what Engine.IO will take for the beginning of a WebSocket, exactly as it does."""
    wishes = [wish.strip() for wish in environ.get("HTTP_CONNECTION", "").lower().split(",")]
    return "upgrade" in wishes and environ.get("HTTP_UPGRADE", "").lower() == "websocket"
