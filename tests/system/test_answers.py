"""Questions, joins, retries and stops: every reader shows the same, whatever happens at once."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from tests.support.agreement import agreed
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.descriptions import wait_for_descriptions
from tests.support.reader import Reader
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.async_mode]

Read = Callable[..., Reader]
SHORT = "/tokens 40 /rate 100"
LONG = "Go on. /think 20 /tokens 100 /rate 80"
BRIEF = "Be brief. /tokens 10 /rate 0"
SOME_TIME = "/tokens 40 /rate 100"
ENDLESS = "/think 500 /tokens 1000 /rate 100"
RACES = 24
RACE_SECONDS = 0.3


def test_questions_during_an_answer_are_shown_at_once_and_answered_in_order(
    database: Database, cast: Cast, read: Read
) -> None:
    where = database.conversation(cast.olive, cast.max)
    olive, max = read(cast.olive, where), read(cast.max, where)
    first = olive.send(ENDLESS)["reply"]
    waiting = [max.send(f"The {n}. {SHORT}") for n in ("second", "third", "fourth")]

    assert not any("reply" in ack for ack in waiting)
    eventually(lambda: all(olive.shows(ack["id"], "complete") for ack in waiting), 1.0)
    assert olive.shows(first, "streaming"), "they must be shown while it still streams"
    assert olive.ask("stop", {"id": first})["ok"]

    replies = _answers(database, where, 4)
    stored = [agreed([olive, max], reply, database) for reply in replies]
    assert replies[0] == first
    for answer, number in zip(stored[1:], ("second", "third", "fourth"), strict=True):
        assert f"The {number}." in answer.content
    for earlier, later in pairwise(replies):
        assert _are_in_order(olive, earlier, later)


def _answers(database: Database, conversation: str, count: int) -> list[str]:
    """Wait until there are `count` answers and return their ids, in order."""

    def answers() -> list[str]:
        found = [m.id for m in database.messages(conversation) if m.role == "assistant"]
        return found if len(found) == count else []

    return eventually(answers)


def _are_in_order(reader: Reader, earlier: str, later: str) -> bool:
    """Return whether it received nothing of the later answer before the end of the earlier one."""
    received_events = [(each.event, each.data.get("id")) for each in reader.received]
    end = received_events.index(("streaming_end", earlier))
    return all(id != later for _, id in received_events[:end])


def test_the_reader_handles_the_state(database: Database, cast: Cast, read: Read) -> None:
    where = database.conversation(cast.olive, cast.max)
    olive, max = read(cast.olive, where), read(cast.max, where)
    reply = olive.send(LONG)["reply"]
    eventually(lambda: max.has_text(reply))
    max.loses = lambda event, data: event in ("chunk", "streaming_end")  # states alone

    eventually(lambda: max.join() or max.shows(reply, "complete"))

    assert len(max.events("current_state", reply)) > 2
    agreed([olive, max], reply, database)


def test_concurrent_joins_do_not_duplicate_text(database: Database, cast: Cast, read: Read) -> None:
    where = database.conversation(cast.olive)
    olive = read(cast.olive, where)
    reply = olive.send(LONG)["reply"]
    requests = [{"conversation": where, "have": {reply: seq}} for seq in range(40)]
    with ThreadPoolExecutor(8) as pool:
        acks = list(pool.map(lambda request: olive.ask("join", request), requests))

    assert all(ack["ok"] for ack in acks)
    assert len(olive.events("current_state", reply)) >= 40
    agreed([olive], reply, database)


def test_after_reconnecting_two_missed_answers_are_complete_and_in_order(
    database: Database, cast: Cast, read: Read, server_url: str
) -> None:
    where = database.conversation(cast.olive, cast.max)
    olive, max = read(cast.olive, where), read(cast.max, where)
    first = olive.send(LONG)["reply"]
    eventually(lambda: max.has_text(first))
    max.cut()
    agreed([olive], first, database)
    second = olive.send(BRIEF)["reply"]
    agreed([olive], second, database)
    assert not max.shows(second)

    max.connect(server_url)

    agreed([olive, max], first, database)
    agreed([olive, max], second, database)
    in_order = sorted(max.log.messages.values(), key=lambda message: message.about["position"])
    assert [message.id for message in in_order] == [m.id for m in database.messages(where)]


def test_a_retry_replaces_the_answer_for_every_reader_without_another_join(
    database: Database, cast: Cast, read: Read
) -> None:
    where = database.conversation(cast.olive, cast.max)
    olive, max = read(cast.olive, where), read(cast.max, where)
    wait_for_descriptions(database, cast, max)
    question, old = _ask(olive)
    agreed([olive, max], old, database)

    new = max.ask("retry", {"id": old})["reply"]

    agreed([olive, max], new, database)
    assert not olive.shows(old) and not max.shows(old)
    assert olive.events("removed") == max.events("removed")
    assert max.events("removed")[0]["ids"] == [old]
    assert [m.id for m in database.messages(where)] == [question, new]
    assert len(max.joins) == 1, "nothing was lost, so no other join was necessary"


def test_a_reader_that_was_disconnected_during_a_retry_reloads(
    database: Database, cast: Cast, read: Read, server_url: str
) -> None:
    where = database.conversation(cast.olive, cast.max)
    olive, max = read(cast.olive, where), read(cast.max, where)
    _, old = _ask(olive)
    agreed([olive, max], old, database)
    max.cut()
    new = olive.ask("retry", {"id": old})["reply"]
    agreed([olive], new, database)

    max.connect(server_url)

    agreed([max], new, database)
    assert not max.shows(old)
    assert any(ack.get("reload") for ack in max.acks)


def _ask(reader: Reader) -> tuple[str, str]:
    ack = reader.send(SOME_TIME)
    return ack["id"], ack["reply"]


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
