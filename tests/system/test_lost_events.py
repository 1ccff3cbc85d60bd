"""A reader notices lost events and joins again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.agreement import agreed
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.reader import Reader
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.async_mode, pytest.mark.counted]
Read = Callable[..., Reader]

QUESTION = "Go on. /think 10 /tokens 40 /rate 60"


def test_a_chunk_of_an_unknown_message_makes_the_reader_join_again(
    database: Database, cast: Cast, read: Read
) -> None:
    where = database.conversation(cast.olive, cast.max)
    olive, max = read(cast.olive, where), read(cast.max, where)
    max.loses = once("message", role="assistant")

    reply = olive.send(QUESTION)["reply"]

    agreed([olive, max], reply, database)
    assert max.events("chunk", reply)[0]["since"] == 0, "it must have arrived before the message"
    assert len(max.joins) > 1
    assert max.events("current_state", reply)


def test_a_lost_chunk_makes_the_reader_join_again(
    database: Database, cast: Cast, read: Read
) -> None:
    where = database.conversation(cast.olive, cast.max)
    olive, max = read(cast.olive, where), read(cast.max, where)
    max.loses = once("chunk")

    reply = olive.send(QUESTION)["reply"]

    agreed([olive, max], reply, database)
    assert len(max.joins) > 1


def test_a_lost_streaming_end_is_recovered_by_the_periodic_check(
    database: Database, cast: Cast, read: Read
) -> None:
    where = database.conversation(cast.olive, cast.max)
    olive, max = read(cast.olive, where), read(cast.max, where, check_seconds=0.5)
    max.loses = once("streaming_end")

    reply = olive.send(QUESTION)["reply"]

    agreed([olive, max], reply, database)
    assert max.events("streaming_end", reply) == []
    state = max.events("current_state", reply)[-1]
    assert (state["since"], state["status"]) == (0, "complete")


def test_a_lost_question_is_recovered_when_its_answer_begins(
    database: Database, cast: Cast, read: Read
) -> None:
    where = database.conversation(cast.olive, cast.max)
    olive, max = read(cast.olive, where), read(cast.max, where)
    max.loses = once("message", role="user")

    ack = olive.send(QUESTION)

    eventually(lambda: max.shows(ack["id"]))
    agreed([olive, max], ack["reply"], database)


def test_a_lost_removal_is_recovered_after_the_next_message(
    database: Database, cast: Cast, read: Read
) -> None:
    where = database.conversation(cast.olive, cast.max)
    olive, max = read(cast.olive, where), read(cast.max, where)
    old = olive.send(QUESTION)["reply"]
    agreed([olive, max], old, database)
    max.loses = once("removed")

    new = olive.ask("retry", {"id": old})["reply"]

    agreed([olive, max], new, database)
    eventually(lambda: not max.shows(old))
    assert any(ack.get("reload") for ack in max.acks)


def once(lost: str, **having: str) -> Callable[[str, dict[str, Any]], bool]:
    """Return a function that loses the first event with this name and these fields only."""
    left = [lost]

    def loses(event: str, data: dict[str, Any]) -> bool:
        if event not in left or any(data.get(key) != value for key, value in having.items()):
            return False
        left.clear()
        return True

    return loses
