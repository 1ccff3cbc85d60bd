"""Clients with small receive buffers: what they don't read waits on the server."""

from __future__ import annotations

import json

from tests.support.raw import RawWebSocket, Tcp

LONG = "/tokens 60000 /rate 100000"  # 300 kB within a second, in pieces of some 20 kB


class SlowTcp(Tcp):
    """A TCP connection, for polls."""

    receive_buffer = 4096


class Slow(RawWebSocket):
    """A WebSocket."""

    receive_buffer = 4096

    def join(self, conversation: str, **more: object) -> None:
        """Ask to join a conversation; don't wait for the answer."""
        request = {"conversation": conversation, "after": 0, **more}
        self.frame("42/conversations,1" + json.dumps(["join", request]))
