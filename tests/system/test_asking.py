"""Questions are stored once, shown at once, and answered in turn."""

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


def test_the_same_send_many_times_is_one_question_and_one_answer(
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


def test_two_tabs_that_send_at_once_are_both_answered_in_turn(
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
        assert _in_turn(tab, first, second)


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
        assert _in_turn(olive, earlier, later)


def test_a_question_that_waits_is_answered_when_the_answer_before_it_is_stopped(
    database: Database, cast: Cast, read: Read
) -> None:
    where = database.conversation(cast.olive)
    olive = read(cast.olive, where)
    endless = olive.send("/tokens 5 /rate 0 /hang after 5")["reply"]
    olive.send(SHORT)

    assert olive.ask("stop", {"id": endless})["ok"]

    [_, reply] = _answers(database, where, 2)
    assert agreed([olive], reply, database).status == "complete"


def test_an_answer_that_fails_keeps_its_text_and_says_a_sentence(
    database: Database, cast: Cast, read: Read
) -> None:
    where = database.conversation(cast.olive, cast.max)
    olive, max = read(cast.olive, where), read(cast.max, where)

    reply = olive.send("/tokens 30 /rate 100 /fail after 12")["reply"]

    stored = agreed([olive, max], reply, database)
    assert stored.status == "failed"
    assert len(stored.content.split()) == 12
    assert stored.error == "The demo failed, as the question asked it to."


def _answers(database: Database, conversation: str, count: int) -> list[str]:
    """Wait until there are so many answers and return their ids, in order."""

    def answers() -> list[str]:
        found = [m.id for m in database.messages(conversation) if m.role == "assistant"]
        return found if len(found) == count else []

    return eventually(answers)


def _in_turn(reader: Reader, earlier: str, later: str) -> bool:
    """Did it hear nothing of the later answer before the end of the earlier one?"""
    heard = [(each.event, each.data.get("id")) for each in reader.received]
    end = heard.index(("streaming_end", earlier))
    return all(id != later for _, id in heard[:end])
