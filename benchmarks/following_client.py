"""A light client that follows a conversation by the protocol's rule, and counts what it gets."""

from __future__ import annotations

import asyncio
import json
import time

from benchmarks.light_client import NAMESPACE, LightClient
from midstream.rule import MessageLog, Outcome

EVENT, ACK = f"42{NAMESPACE},", f"43{NAMESPACE},1"
JOIN_DELAY = 0.05  # seconds between two joins
SETTLED_SECONDS = 2.0


class FollowingClient:
    """One reader, over several connections; its figures are those of the last one."""

    def __init__(self, conversation: str) -> None:
        self.log = MessageLog(conversation)

    async def connect(self, url: str, token: str) -> None:
        """Connect and sign in; what it holds stays."""
        self._client = await LightClient().open(url, token)
        self.joins = self.early = self.chunks = 0
        self.settled: list[bool] = []  # of each chunk two seconds after joining: did it fit?
        self.joined: list[bool] = []  # the same, of each chunk while no join is in flight

    async def follow(self) -> None:
        """Join, and apply all that is received, until it is cancelled."""
        self.began = self.last_behind = time.monotonic()
        self._join()
        try:
            while True:
                self._take(await self._client.packets.get())
        finally:
            self._client.close()

    @property
    def bytes_read(self) -> int:
        """How many bytes it has received, by its last connection."""
        return self._client.bytes_read

    @property
    def seconds_until_in_step(self) -> float:
        """How long after it sent its first join it has lacked something for the last time."""
        return self.last_behind - self.began

    def _join(self) -> None:
        self.joins += 1
        self._is_joining = True
        self.log.joining()
        self._client.send("join", self.log.join_request())

    def _take(self, packet: str) -> None:
        if packet.startswith(ACK):
            self._is_joining = False
            self.log.joined(json.loads(packet.removeprefix(ACK))[0])
        elif packet.startswith(EVENT):
            event, data = json.loads(packet.removeprefix(EVENT))
            self._count(event, self.log.apply(event, data))
        if self.log.is_behind or self._is_joining:
            self.last_behind = time.monotonic()
        if self.log.is_behind and not self._is_joining:
            self._is_joining = True  # from now on, so as to send only one
            asyncio.get_running_loop().call_later(JOIN_DELAY, self._join)

    def _count(self, event: str, outcome: Outcome) -> None:
        self.early += outcome is Outcome.EARLY
        self.chunks += event == "chunk"
        if event == "chunk" and not self._is_joining:
            self.joined.append(outcome is Outcome.CHANGED)
        if event == "chunk" and time.monotonic() > self.began + SETTLED_SECONDS:
            self.settled.append(outcome is Outcome.CHANGED)
