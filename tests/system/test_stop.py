"""A stop ends an answer once, in the same way for every reader."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.agreement import agreed
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.reader import Reader
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.async_mode]
Read = Callable[..., Reader]

ENDLESS = "/think 500 /tokens 1000 /rate 100"
RACES = 24
RACE_SECONDS = 0.3


def test_the_text_of_a_stopped_answer_never_changes(
    database: Database, cast: Cast, read: Read
) -> None:
    where = database.conversation(cast.olive, cast.max)
    olive, max = read(cast.olive, where), read(cast.max, where)
    reply = olive.send("/tokens 2000 /rate 400")["reply"]
    eventually(lambda: max.has_text(reply))
    assert max.ask("stop", {"id": reply})["ok"]
    stopped = agreed([olive, max], reply, database)

    next_reply = olive.send("/tokens 40 /rate 80")["reply"]  # by then late text would have arrived
    agreed([olive, max], next_reply, database)

    assert agreed([olive, max], reply, database) == stopped
    assert database.entries(reply) == 0
    for reader in (olive, max):
        about = [each for each in reader.received if each.data.get("id") == reply]
        assert about[-1].event == "streaming_end"


@pytest.mark.usefixtures("server")  # `read` can't request it in six threads at once
def test_a_stop_at_the_same_time_as_the_natural_end_makes_one_ending(
    database: Database, cast: Cast, read: Read
) -> None:
    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(lambda n: _race(n, database, cast, read), range(RACES)))

    assert set(statuses) == {"complete", "stopped"}, "one side won every race"


def _race(number: int, database: Database, cast: Cast, read: Read) -> str:
    """Stop an answer about when it ends; return its status."""
    where = database.conversation(cast.olive, title=f"Race {number}")
    olive = read(cast.olive, where)
    reply = olive.send(f"/tokens 30 /rate {30 / RACE_SECONDS}")["reply"]
    eventually(lambda: olive.has_text(reply))
    time.sleep(random.Random(number).uniform(0, 1.5 * RACE_SECONDS))
    ack = olive.ask("stop", {"id": reply})
    stored = agreed([olive], reply, database)
    assert len(olive.events("streaming_end", reply)) == 1
    assert (stored.status == "stopped") is ack["ok"]
    assert ack["ok"] or ack["error"] == "conflict"
    return stored.status
