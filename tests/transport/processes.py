"""Server processes with one reader each, as far as what they send each other through Redis."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, ClassVar

import pytest
from greenlet import GreenletExit

from app.config import RedisSettings
from app.shared_redis import SharedRedis
from app.transport.fan_out import RedisFanOutManager
from tests.transport.test_fan_out import NAMESPACE, FakeServer, FakeWriter, encode_frame

ROOM = "conversation:one"
PREFIX = "tests"


class EndingRedis(SharedRedis):
    """A Redis whose askers end with their test; else they would ask it, and log, for ever."""

    is_over = False

    def channels_client(self, *options: Any) -> Any:
        if self.is_over:
            raise GreenletExit
        return super().channels_client(*options)


class Server(FakeServer):
    """A server whose tasks may be ended."""

    def start_background_task(self, target: Callable[[], None], *_: Any, **__: Any) -> Any:
        def run() -> None:
            with suppress(GreenletExit):
                target()

        return super().start_background_task(run)


class Process:
    """A server process with one reader."""

    running: ClassVar[list[Process] | None] = None  # those of a test that has `ended`

    def __init__(self, url: str, prefix: str = PREFIX, ca_file: str | None = None) -> None:
        assert self.running is not None, "the test's file must import `ended`, too"
        self.redis = EndingRedis(url, RedisSettings(prefix, ca_file))
        self.server = Server(RedisFanOutManager(self.redis, NAMESPACE))
        self.running.append(self)
        self.writer = FakeWriter()
        self.manager = self.server.manager
        self.sid = str(self.manager.connect("reader", NAMESPACE))
        self.server.eio.writers["reader"] = self.writer

    def end(self) -> None:
        self.manager.disconnect(self.sid, NAMESPACE)
        self.redis.is_over = True
        self.redis.health.failed("its test is over")  # so that no later failure is logged
        self.manager.beat()  # wakes the task that publishes
        self.manager._channels._break()  # and the one that listens

    def enter(self, room: str = ROOM) -> Process:
        """Let the reader enter a room, as before a join's read."""
        self.manager.enter_room(self.sid, NAMESPACE, room)
        self.manager.await_events(room)
        return self

    def leave(self, room: str = ROOM) -> None:
        self.manager.leave_room(self.sid, NAMESPACE, room)

    def emit(self, number: int, room: str = ROOM, **options: bool) -> None:
        self.server.emit("chunk", {"seq": number}, to=room, namespace=NAMESPACE, **options)

    def has(self, *numbers: int) -> bool:
        """Return whether the reader has received these events, in this order, and no others."""
        packets = [f'42{NAMESPACE},["chunk",{{"seq":{number}}}]' for number in numbers]
        return self.writer.frames == [encode_frame(packet) for packet in packets]


@pytest.fixture(autouse=True)
def ended() -> Iterator[None]:
    """Every process ends with its test."""
    Process.running = []
    yield
    for each in Process.running:
        each.end()
    Process.running = None
