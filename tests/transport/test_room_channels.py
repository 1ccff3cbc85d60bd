"""Processes that send each other events through Redis, each only those of its readers' rooms."""

from __future__ import annotations

import pickle
import random
import signal
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError

from app.transport import room_channels
from app.transport.fan_out import FanOutManager
from app.transport.redis_subscriptions import Subscriptions
from app.transport.room_channels import is_shared
from tests.support.proxy import Proxy
from tests.support.services import RedisProcess, redis_server
from tests.support.waiting import eventually
from tests.transport.processes import PREFIX, ROOM, Process, ended
from tests.transport.test_fan_out import NAMESPACE, FakeServer, FakeWriter

__all__ = ["ended"]

pytestmark = pytest.mark.redis

OTHER_ROOM = "conversation:another"


@pytest.fixture
def pair(redis_url: str) -> tuple[Process, Process]:
    return Process(redis_url), Process(redis_url)


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(redis_url) as redis:
        yield redis


def subscribers(redis: Redis, room: str) -> int:
    ((_, count),) = redis.pubsub_numsub(f"{PREFIX}:{room}")
    return int(count)


def test_readers_of_all_processes_get_an_event_once(pair: tuple[Process, Process]) -> None:
    here, there = (process.enter() for process in pair)
    for number in range(50):
        here.emit(number)
    eventually(lambda: there.has(*range(50)))
    there.emit(50)
    eventually(lambda: here.has(*range(51)))
    assert there.has(*range(51))


def test_what_is_published_once_a_reader_may_read_arrives(pair: tuple[Process, Process]) -> None:
    """Again and again in a new room, without a pause between subscribing and publishing."""
    here, there = pair
    for number in range(30):
        there.enter(room := f"conversation:{number}")
        here.emit(number, room)
    eventually(lambda: there.has(*range(30)))


def test_a_process_subscribes_only_to_rooms_in_which_it_has_readers(
    pair: tuple[Process, Process], redis: Redis
) -> None:
    here, there = pair
    eventually(lambda: not subscribers(redis, ROOM))  # those of other tests have gone
    here.enter()
    there.enter(OTHER_ROOM)
    assert (subscribers(redis, ROOM), subscribers(redis, OTHER_ROOM)) == (1, 1)
    there.leave(OTHER_ROOM)
    eventually(lambda: not subscribers(redis, OTHER_ROOM))
    here.manager.disconnect(here.sid, NAMESPACE)
    eventually(lambda: not subscribers(redis, ROOM))


def test_a_room_may_be_left_and_entered_at_any_moment(
    pair: tuple[Process, Process], redis: Redis
) -> None:
    """Whatever commands are still on their way, a reader that may read gets what comes then."""
    here, there = pair
    choose = random.Random(1)
    for number in range(40):
        for _ in range(choose.randrange(4)):
            there.manager.enter_room(there.sid, NAMESPACE, ROOM)
            if choose.random() < 0.5:
                there.manager.await_events(ROOM)
            there.leave()
        there.enter()
        here.emit(number)
        eventually(lambda number=number: there.has(*range(number + 1)))
        there.leave()
    eventually(lambda: not subscribers(redis, ROOM))


def test_local_events_and_those_of_other_rooms_stay_here(pair: tuple[Process, Process]) -> None:
    here, there = (process.enter() for process in pair)
    for process in pair:
        process.manager.enter_room(process.sid, NAMESPACE, "join:1")
    here.emit(1, ignore_queue=True)
    here.emit(2, "join:1")
    here.emit(3)
    eventually(lambda: there.has(3))
    assert here.has(1, 2, 3)
    assert not is_shared("join:1") and not is_shared(None)


def test_readers_here_get_events_while_redis_does_not_answer() -> None:
    process = Process("redis://127.0.0.1:1/0").enter()
    process.emit(1)
    assert process.has(1)
    eventually(lambda: process.manager._channels._is_down)
    process.enter(OTHER_ROOM)  # waits for nothing
    process.emit(2, OTHER_ROOM)
    assert process.has(1, 2)


def test_rooms_are_subscribed_to_again_once_redis_is_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """By a connection of their own: one that redis-py replaced would not be noticed."""
    with redis_server(tmp_path) as url:
        here, there = (Process(url).enter() for _ in range(2))
        here.emit(1)
        eventually(lambda: there.has(1))
        with Redis.from_url(url) as redis:
            redis.client_kill_filter(_type="pubsub")
        there.enter(OTHER_ROOM)
        eventually(lambda: has_arrived(here, there))
        assert set(caplog.messages) == {"Redis fails: it can't be reached."}
        assert len(caplog.messages) == 2, "each process says it once"


def test_deployments_on_one_redis_do_not_hear_each_other(redis_url: str) -> None:
    here, there, another = Process(redis_url), Process(redis_url), Process(redis_url, "another")
    for process in (here, there, another):
        process.enter()
    another.emit(1)
    here.emit(2)
    eventually(lambda: there.has(2))
    eventually(lambda: another.has(1))
    here.emit(3)
    eventually(lambda: there.has(2, 3))
    assert another.has(1)


def test_what_is_not_ours_on_our_channels_is_dropped(
    pair: tuple[Process, Process], redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    """Only text goes through Redis; what is read is never more than that."""
    here, there = (process.enter() for process in pair)
    for message in (pickle.dumps({"method": "emit"}), b"\xff\xfe", b"", b"no packet"):
        redis.publish(f"{PREFIX}:{ROOM}", message)
    here.emit(1)
    eventually(lambda: there.has(1))
    assert not caplog.messages


def test_rooms_that_nobody_has_waited_for_are_unsure_once_they_are_subscribed_to(
    pair: tuple[Process, Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, _ = pair
    here.enter()
    monkeypatch.setattr(room_channels, "SUBSCRIBE_SECONDS", 0.0)
    here.enter(OTHER_ROOM)
    unsure: set[str] = set()
    eventually(lambda: unsure.update(here.manager.take_unsure()) or OTHER_ROOM in unsure)
    here.manager._channels._break()
    unsure.clear()
    eventually(lambda: unsure.update(here.manager.take_unsure()) or {ROOM, OTHER_ROOM} <= unsure)


def test_a_beat_comes_back_as_long_as_redis_carries(tmp_path: Path) -> None:
    with RedisProcess(tmp_path) as redis:
        here, there = (Process(redis.url).enter() for _ in range(2))
        eventually(lambda: beat(here) and not here.manager.is_silent)
        redis.signal(signal.SIGSTOP)
        eventually(lambda: beat(here) and here.manager.is_silent)
        began = time.monotonic()
        here.enter(OTHER_ROOM)
        there.emit(1)
        assert there.has(1)
        assert time.monotonic() - began < 60.0, "it waits for nothing"
        for _ in range(20):
            beat(here)
        redis.signal(signal.SIGCONT)
        eventually(lambda: beat(here) and not here.manager.is_silent)
        eventually(lambda: has_arrived(there, here))


def test_a_connection_on_which_nothing_comes_any_more_is_made_anew(redis_url: str) -> None:
    """Neither side is told, as where a machine between them is gone."""
    with closing(Proxy(redis_url)) as network:
        here = Process(network.url.replace("http:", "redis:")).enter()
        there = Process(redis_url).enter()
        eventually(lambda: beat(here) and not here.manager.is_silent)
        there.emit(2)
        eventually(lambda: here.has(2))
        network.half_open()
        eventually(lambda: beat(here) and here.manager.is_silent)
        eventually(lambda: beat(here) and not here.manager.is_silent)
        there.emit(3)
        eventually(lambda: here.has(2, 3))


def beat(process: Process) -> bool:
    """Let one beat pass."""
    process.manager.beat()
    time.sleep(0.05)
    return True


def test_chunks_that_came_are_in_step_and_other_events_are_not(
    pair: tuple[Process, Process],
) -> None:
    here, there = (process.enter() for process in pair)
    here.emit(1)
    eventually(lambda: there.has(1))
    assert here.manager.take_in_step() == there.manager.take_in_step() == {ROOM}
    here.server.emit("message", {"seq": 2}, to=ROOM, namespace=NAMESPACE)
    here.emit(3, ignore_queue=True)
    eventually(lambda: len(there.writer.frames) == 2)
    assert here.manager.take_in_step() == there.manager.take_in_step() == set()
    alone = FakeServer(FanOutManager())
    alone.enter("reader", FakeWriter())
    alone.chunk(1)
    alone.emit("chunk", {}, to=ROOM, namespace=NAMESPACE, ignore_queue=True)
    assert len(alone.manager.take_in_step()) == 1
    assert not alone.manager.is_silent and not alone.manager.take_unsure()
    alone.manager.beat()


def test_a_connection_that_broke_while_sending_is_not_read_any_further(redis: Redis) -> None:
    subscriptions = Subscriptions(redis.connection_pool)
    subscriptions.subscribe("a channel")
    messages = subscriptions.listen()
    assert next(messages)["type"] == "subscribe"
    subscriptions.connection.disconnect()
    with pytest.raises(ConnectionError, match="is lost"):
        next(messages)
    subscriptions.close()


def test_after_a_command_that_could_not_be_sent_all_rooms_are_subscribed_to_again(
    pair: tuple[Process, Process],
) -> None:
    here, there = (process.enter() for process in pair)
    there.manager._channels._break()
    there.enter(OTHER_ROOM)
    eventually(lambda: has_arrived(here, there))


def has_arrived(here: Process, there: Process) -> bool:
    """Emit to both rooms once more; return whether something has come from each of them."""
    for number, room in ((2, ROOM), (3, OTHER_ROOM)):
        here.emit(number, room)
    frames = [frame.decode("latin-1") for frame in there.writer.frames]
    return all(any(f'{{"seq":{number}}}' in frame for frame in frames) for number in (2, 3))
