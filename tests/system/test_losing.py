"""Whatever is lost on the way, the reader notices and joins again."""

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


def test_a_chunk_before_the_reader_knows_the_message_makes_it_join_again(
    database: Database, cast: Cast, read: Read
) -> None:
    where = database.conversation(cast.olive, cast.max)
    olive, max = read(cast.olive, where), read(cast.max, where)
    max.loses = once("message", role="assistant")

    reply = olive.send(QUESTION)["reply"]

    agreed([olive, max], reply, database)
    assert max.events("chunk", reply)[0]["since"] == 0, "it must have come before the message"
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


def test_the_last_event_lost_is_healed_by_the_readers_check(
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


def test_a_lost_question_is_noticed_by_its_answer(
    database: Database, cast: Cast, read: Read
) -> None:
    where = database.conversation(cast.olive, cast.max)
    olive, max = read(cast.olive, where), read(cast.max, where)
    max.loses = once("message", role="user")

    ack = olive.send(QUESTION)

    eventually(lambda: max.shows(ack["id"]))
    agreed([olive, max], ack["reply"], database)


def test_a_lost_removal_is_noticed_by_what_comes_after_it(
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


def test_whoever_claims_more_than_there_is_gets_it_from_the_beginning(
    database: Database, cast: Cast, read: Read
) -> None:
    where = database.conversation(cast.olive)
    olive = read(cast.olive, where)
    reply = olive.send("Wait. /tokens 5 /rate 0 /hang after 5")["reply"]
    eventually(lambda: olive.has_text(reply))

    olive.ask("join", {"conversation": where, "have": {reply: 10_000}})

    assert olive.events("current_state", reply)[-1]["since"] == 0
    assert olive.ask("stop", {"id": reply})["ok"]
    agreed([olive], reply, database)


def once(lost: str, **having: str) -> Callable[[str, dict[str, Any]], bool]:
    """Return a network that loses the first event of this name and content, and no other."""
    left = [lost]

    def loses(event: str, data: dict[str, Any]) -> bool:
        if event not in left or any(data.get(key) != value for key, value in having.items()):
            return False
        left.clear()
        return True

    return loses
