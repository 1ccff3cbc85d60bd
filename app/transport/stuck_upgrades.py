"""Against WebSockets that break the rules or never finish their upgrade.

By itself Engine.IO lets an error leave the WebSocket's handler, so that the HTTP server writes
its own response into the stream; a session that has never been upgraded can hold any number of
WebSockets, which nothing closes; and an upgrade that fails leaves the session's polls empty.
"""

from __future__ import annotations

from threading import Lock
from typing import Any

from engineio import socket as stock
from wsproto.frame_protocol import CloseReason

from app.transport.websocket import WebSocket


class OneWebSocket(stock.Socket):  # type: ignore[misc]  # engineio has no types
    """An Engine.IO socket with one WebSocket at most, which ends when the session does."""

    ws: WebSocket | None = None
    _taking = Lock()

    def _websocket_handler(self, ws: WebSocket) -> list[Any]:
        if not self._take(ws):
            ws.close(CloseReason.POLICY_VIOLATION)
            return []
        try:
            super()._websocket_handler(ws)
        except (ValueError, RecursionError):  # text that is no packet
            ws.close(CloseReason.PROTOCOL_ERROR)
        except OSError:
            pass  # the peer has gone
        self._let_go()
        return []

    def close(self, wait: bool = True, abort: bool = False, reason: str | None = None) -> None:
        """Close the session, and a WebSocket that was to become its own."""
        super().close(wait=wait, abort=abort, reason=reason)
        if self.ws and not self.upgraded:
            self.ws.abort()

    def _take(self, ws: WebSocket) -> bool:
        with self._taking:
            if self.ws is None:
                self.ws = ws
            return self.ws is ws

    def _let_go(self) -> None:
        self.ws = None
        self.upgrading = False
        if self.upgraded and not self.closed:
            self.close(abort=True, reason=self.server.reason.TRANSPORT_ERROR)
