"""Questions are stored once, shown at once, and answered in order."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from tests.support.agreement import agreed
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.reader import Reader
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.async_mode]
Read = Callable[..., Reader]

SHORT = "/tokens 40 /rate 100"


def test_a_send_repeated_with_one_key_makes_one_question_and_one_answer(
    database: Database, cast: Cast, read: Read
) -> None:
    where = database.conversation(cast.olive)
    tabs = [read(cast.olive, where) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        acks = list(pool.map(lambda tab: tab.send(SHORT, key="a click"), tabs))

    again = tabs[0].send("Something else entirely", key="a click")

    assert all(ack == again for ack in acks)
    agreed(tabs, again["reply"], database)
    assert [m.id for m in database.messages(where)] == [again["id"], again["reply"]]


def test_questions_sent_at_the_same_time_are_answered_one_after_the_other(
    database: Database, cast: Cast, read: Read
) -> None:
    where = database.conversation(cast.olive, cast.max)
    tabs = [read(cast.olive, where), read(cast.max, where)]
    with ThreadPoolExecutor(2) as pool:
        acks = list(pool.map(lambda tab: tab.send(f"I am {id(tab)}. {SHORT}"), tabs))

    assert sorted("reply" in ack for ack in acks) == [False, True]
    first, second = _answers(database, where, 2)
    for reply in (first, second):
        assert agreed(tabs, reply, database).status == "complete"
    asked = {ack["id"] for ack in acks}
    assert {m.id for m in database.messages(where)} == asked | {first, second}
    for tab in tabs:
        assert _are_in_order(tab, first, second)


def test_questions_during_an_answer_are_shown_at_once_and_answered_in_order(
    database: Database, cast: Cast, read: Read
) -> None:
    where = database.conversation(cast.olive, cast.max)
    olive, max = read(cast.olive, where), read(cast.max, where)
    first = olive.send("/think 30 /tokens 60 /rate 60")["reply"]
    waiting = [max.send(f"The {n}. {SHORT}") for n in ("second", "third", "fourth")]

    assert not any("reply" in ack for ack in waiting)
    eventually(lambda: all(olive.shows(ack["id"], "complete") for ack in waiting), 1.0)
    assert olive.shows(first, "streaming"), "they must be shown while it still streams"

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
