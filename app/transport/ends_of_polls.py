"""Against polls that end in nothing, and those of a peer who has long been silent.

By itself Engine.IO answers a poll whose session ends with an empty body, which is no payload and
which clients take for a broken one; and it goes on serving one who answers no ping until it happens
to look.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engineio import packet
from engineio import socket as stock
from engineio.exceptions import EngineIOError


class ProperEnds(stock.Socket):  # type: ignore[misc]  # engineio has no types
    """An Engine.IO socket whose polls end as its protocol says."""

    def handle_get_request(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Any:
        """Answer a poll, or serve a WebSocket; raises EngineIOError, which ends the session."""
        if not self.check_ping_timeout():
            raise EngineIOError("a poll of one who has answered no ping")
        answer = super().handle_get_request(environ, start_response)
        return [packet.Packet(packet.NOOP)] if answer == [] else answer
