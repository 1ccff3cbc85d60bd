"""Thirty readers connect at random times, lose connections and events, and reconnect while an
answer streams; each ends with exactly what the database holds."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

import pytest

from tests.support.agreement import agreed
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.reader import Reader
from tests.support.server import Server
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.async_mode, pytest.mark.slow]

QUESTION = "Why? /think 80 /tokens 600 /rate 60"
ANSWER_SECONDS = 680 / 60
READERS = 30
LOST_SHARE = 0.02
LOSSY_EVERY = 3  # one reader in three loses events, too


def test_thirty_readers_that_reconnect_and_lose_events_all_show_the_whole_answer(
    server: Server, database: Database, cast: Cast, read: Callable[..., Reader]
) -> None:
    where = database.conversation(cast.olive, cast.max)
    olive = read(cast.olive, where)
    tokens = [person.token for person in (cast.olive, cast.max) for _ in range(READERS // 2)]
    readers = [Reader(token, where, check_seconds=1.0) for token in tokens]
    for number, reader in enumerate(readers[::LOSSY_EVERY]):
        reader.loses = lossy(number)

    reply = olive.send(QUESTION)["reply"]
    threads = [
        threading.Thread(target=reconnect_often, args=(r, server.url, n))
        for n, r in enumerate(readers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    try:
        stored = agreed([olive, *readers], reply, database)
        assert stored.status == "complete"
        assert len(stored.thinking.split()) == 80
        assert len(stored.content.split()) == 600
        assert sum(len(reader.joins) for reader in readers) > 3 * READERS, "too few joins"
    finally:
        for reader in readers:
            reader.close()


def lossy(seed: int) -> Callable[..., bool]:
    """Return a function that loses a random share of the events."""
    chance = random.Random(seed)
    return lambda event, data: chance.random() < LOST_SHARE


def reconnect_often(reader: Reader, url: str, seed: int) -> None:
    """Connect at a random time, then lose the connection and reconnect until the answer ends."""
    chance = random.Random(seed)
    ends = time.monotonic() + ANSWER_SECONDS
    time.sleep(chance.uniform(0, ANSWER_SECONDS * 0.9))
    reader.connect(url)
    while time.monotonic() < ends:
        time.sleep(chance.uniform(0.2, 3.0))
        reader.cut()
        time.sleep(chance.uniform(0, 1.0))
        reader.connect(url)
    eventually(lambda: reader.is_connected)
