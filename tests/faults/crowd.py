"""Many readers in one process, each of which always connects again, and asks again what was not
acknowledged."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import re
import time
from collections.abc import Sequence
from typing import Any

from benchmarks.light_client import ENDED, NAMESPACE, LightClient
from midstream.rule import MessageLog, Outcome
from tests.support.database import Stored

EVENT = f"42{NAMESPACE},"
ACK = re.compile(rf"43{NAMESPACE},(\d+)(\[.*)", re.DOTALL)
DISCONNECT = f"41{NAMESPACE},"
JOIN = 1  # the number of each join's acknowledgement
OPEN_SECONDS = 10.0
SILENCE_SECONDS = 10.0  # then it joins again, as docs/protocol.md says
BEHIND_SECONDS = 0.05
RETRY_SECONDS = 0.5
GONE = (OSError, TimeoutError)


class CrowdReader:
    """Follows one conversation from `stay` until it is cancelled."""

    def __init__(self, url: str, token: str, conversation: str) -> None:
        self.log = MessageLog(conversation)
        self.connections = 0
        self.longest_silence = 0.0  # in seconds, between two events
        self._url = url
        self._token = token
        self._unacknowledged: dict[int, dict[str, Any]] = {}
        self._numbers = itertools.count(JOIN + 1)
        self._client: LightClient | None = None
        self._is_joining = False
        self._heard_at: float | None = None

    async def stay(self) -> None:
        """Connect, and again whenever the connection is lost, after a random part of a second."""
        while True:
            client = LightClient()
            try:
                async with asyncio.timeout(OPEN_SECONDS):
                    await client.open(self._url, self._token)
                self.connections += 1
                await self._follow(client)
            except GONE:
                await asyncio.sleep(RETRY_SECONDS * random.random())
            finally:
                self._client = None
                client.close()
            await asyncio.sleep(random.random())

    def ask(self, content: str) -> None:
        """Send a question until it is acknowledged."""
        number = next(self._numbers)
        about = {"conversation": self.log.conversation, "content": content, "key": f"{number}"}
        self._unacknowledged[number] = about
        if self._client:
            self._client.send("send", about, number)

    def forget_silence(self) -> None:
        """Measure the longest silence from now on."""
        self.longest_silence = 0.0

    @property
    def waiting(self) -> int:
        """How many questions have no answer that has ended, as far as it knows."""
        roles = [each.about.get("role") for each in self.log.messages.values()]
        ended = [each.status != "streaming" for each in self.log.messages.values()]
        answered = sum(
            role == "assistant" and over for role, over in zip(roles, ended, strict=True)
        )
        return roles.count("user") - answered + len(self._unacknowledged)

    def differs(self, stored: Sequence[Stored]) -> bool:
        """Return whether it shows anything else than what is stored."""
        held = {
            each.id: (each.status, each.seq, each.content, each.thinking)
            for each in self.log.messages.values()
        }
        return held != {
            each.id: (each.status, each.seq, each.content, each.thinking) for each in stored
        }

    async def _follow(self, client: LightClient) -> None:
        self._client = client
        self._join(client)
        for number, about in self._unacknowledged.items():
            client.send("send", about, number)
        while True:
            try:
                async with asyncio.timeout(SILENCE_SECONDS):
                    packet = await client.packets.get()
            except TimeoutError:
                self._join(client)
                continue
            if packet == ENDED or packet.startswith(DISCONNECT):
                return
            self._take(client, packet)

    def _join(self, client: LightClient) -> None:
        if client is not self._client:
            return  # that connection has ended
        self._is_joining = True
        self.log.joining()
        client.send("join", self.log.join_request(), JOIN)

    def _take(self, client: LightClient, packet: str) -> None:
        if ack := ACK.fullmatch(packet):
            self._acknowledged(client, int(ack[1]), json.loads(ack[2])[0])
        elif packet.startswith(EVENT):
            event, data = json.loads(packet.removeprefix(EVENT))
            if data.get("conversation") == self.log.conversation:
                self._note()
                if self.log.apply(event, data) is Outcome.REJOIN:
                    self._join(client)
        if self.log.is_behind and not self._is_joining:
            self._is_joining = True  # from now on, so as to send only one
            asyncio.get_running_loop().call_later(BEHIND_SECONDS, self._join, client)

    def _acknowledged(self, client: LightClient, number: int, ack: dict[str, Any]) -> None:
        later = asyncio.get_running_loop().call_later
        if not ack["ok"]:
            assert ack["error"] == "unavailable", ack
            if number == JOIN:
                later(RETRY_SECONDS, self._join, client)
            elif about := self._unacknowledged.get(number):
                later(RETRY_SECONDS, client.send, "send", about, number)
        elif number == JOIN:
            assert not ack.get("reload"), ack
            self._is_joining = False
            self.log.joined(ack)
        else:
            self._unacknowledged.pop(number, None)

    def _note(self) -> None:
        now = time.monotonic()
        if self._heard_at is not None:
            self.longest_silence = max(self.longest_silence, now - self._heard_at)
        self._heard_at = now
