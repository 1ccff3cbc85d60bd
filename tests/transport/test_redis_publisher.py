"""The sender of events to Redis: bounded, in order, and nobody waits for it."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from redis.exceptions import ConnectionError, TimeoutError

from app.shared_redis import Health
from app.transport import redis_publisher
from app.transport.redis_publisher import BATCH_BYTES, MAX_WAITING_BYTES, Publisher


class Redis:
    """Takes what is published, or fails before it, or after it: then nobody knows."""

    def __init__(self) -> None:
        self.health = Health()
        self.taken: list[str] = []
        self.round_trips: list[int] = []
        self.error: Exception | None = None
        self.takes_before_it_fails = False

    def channels_client(self, _seconds: float) -> Redis:
        return self

    def pipeline(self, transaction: bool) -> Redis:
        self.batch: list[str] = []
        return self

    def publish(self, _channel: str, message: str) -> None:
        self.batch.append(message)

    def execute(self) -> None:
        if self.error and not self.takes_before_it_fails:
            raise self.error
        self.taken += self.batch
        self.round_trips.append(sum(map(len, self.batch)))
        if self.error:
            raise self.error


def publisher_of(redis: Redis) -> Publisher:
    return Publisher(redis)  # type: ignore[arg-type]


class Sending(RuleBasedStateMachine):
    """Whatever Redis does, the sender keeps the order, doubles nothing, and has a bound."""

    def __init__(self) -> None:
        super().__init__()
        self.redis = Redis()
        self.publisher = publisher_of(self.redis)
        self.numbers = count()
        self.added: list[str] = []

    @rule(sizes=st.lists(st.sampled_from([1, 100, BATCH_BYTES // 2, 3_000_000]), max_size=6))
    def add(self, sizes: list[int]) -> None:
        for size in sizes:
            self.added.append(f"{next(self.numbers):012}" + "x" * size)
            self.publisher.add("channel", self.added[-1])

    @rule()
    def publish(self) -> None:
        waits = bool(self.publisher._waiting)
        try:
            self.publisher.publish_waiting()
        except (ConnectionError, TimeoutError):
            assert self.redis.error
        else:
            assert not self.publisher._waiting
            assert not (waits and self.redis.error)

    @rule(error=st.sampled_from([ConnectionError(), TimeoutError()]), takes=st.booleans())
    def fail(self, error: Exception, takes: bool) -> None:
        self.redis.error, self.redis.takes_before_it_fails = error, takes

    @precondition(lambda self: self.redis.error)
    @rule()
    def recover(self) -> None:
        """After this nothing that is added is lost."""
        self.redis.error = None
        self.publisher.publish_waiting()
        self.add([1, 1])
        self.publisher.publish_waiting()
        assert self.redis.taken[-2:] == self.added[-2:]

    @invariant()
    def arrives_in_order_and_once(self) -> None:
        assert self.redis.taken == sorted(set(self.redis.taken))

    @invariant()
    def what_waits_is_bounded_and_counted(self) -> None:
        waiting = sum(len(message) for _, message in self.publisher._waiting)
        assert waiting == self.publisher._waiting_bytes <= MAX_WAITING_BYTES

    @invariant()
    def a_round_trip_is_bounded(self) -> None:
        assert all(size <= BATCH_BYTES + 3_000_012 for size in self.redis.round_trips)


TestSending = Sending.TestCase
TestSending.settings = settings(max_examples=30, stateful_step_count=20, deadline=None)


def test_what_waits_is_published_together() -> None:
    redis = Redis()
    publisher = publisher_of(redis)
    for number in range(3):
        publisher.add("channel", str(number))
    publisher.publish_waiting()
    assert (redis.taken, redis.round_trips) == (["0", "1", "2"], [3])


def test_much_takes_several_round_trips() -> None:
    redis = Redis()
    publisher = publisher_of(redis)
    for _ in range(4):
        publisher.add("channel", "x" * (BATCH_BYTES // 2))
    publisher.publish_waiting()
    assert redis.round_trips == [BATCH_BYTES, BATCH_BYTES]


def test_after_a_failure_it_pauses_and_publishes_what_came_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The task runs for ever; here until it waits in vain."""
    redis = Redis()
    publisher = publisher_of(redis)
    redis.error = ConnectionError()
    publisher.add("channel", "lost")

    class Ended(BaseException):
        pass

    def pause(_seconds: float) -> None:
        redis.error = None
        publisher.add("channel", "meanwhile")

    def wait_in_vain() -> Any:
        if not publisher._is_waiting.is_set():
            raise Ended

    monkeypatch.setattr(redis_publisher.time, "sleep", pause)
    monkeypatch.setattr(publisher._is_waiting, "wait", wait_in_vain)
    with pytest.raises(Ended):
        publisher.run()
    assert redis.taken == ["meanwhile"]
    assert not redis.health.may_answer
