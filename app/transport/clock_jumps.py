"""Against jumps of the clock: set forward by a minute, it must not disconnect everyone."""

from __future__ import annotations

import time
from typing import Any

from engineio import packet
from engineio import socket as stock
from engineio.exceptions import SocketIsClosedError


class SteadyPings(stock.Socket):  # type: ignore[misc]  # engineio has no types
    """An Engine.IO socket whose pings are timed by the monotonic clock.

    `last_ping` is the moment of a ping that waits for its pong; None where none does.
    """

    def __init__(self, server: Any, sid: str) -> None:
        super().__init__(server, sid)
        self.last_ping: float | None = time.monotonic()

    def check_ping_timeout(self) -> bool:
        """Tell whether the peer still answers; close the session if it doesn't."""
        if self.closed:
            raise SocketIsClosedError
        last_ping = self.last_ping
        if last_ping is None or time.monotonic() - last_ping <= self.server.ping_timeout:
            return True
        self.close(wait=False, reason=self.server.reason.PING_TIMEOUT)
        return False

    def _send_ping(self) -> None:
        self.server.sleep(self.server.ping_interval)
        if not self.closing and not self.closed:
            self.last_ping = time.monotonic()
            self.send(packet.Packet(packet.PING))
