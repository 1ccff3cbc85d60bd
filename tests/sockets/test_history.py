"""`history` returns a page of messages before a position, up to the given limit."""

from __future__ import annotations

import pytest

from app.extensions import db
from app.models import Conversation, Message
from app.models.message import Role
from app.providers import Text
from tests.support.cast import Cast
from tests.support.harness import Harness
from tests.support.socket import Socket


@pytest.fixture
def olive(harness: Harness, cast: Cast, conversation: str) -> Socket:
    for answer in ("One.", "Two."):
        harness.answered(conversation, cast.olive, Text(answer))
    return harness.reader(cast.olive, conversation)


@pytest.mark.parametrize(("limit", "positions"), [(1, [2]), (50, [1, 2])])
def test_history_returns_the_newest_messages_up_to_the_limit(
    olive: Socket, conversation: str, limit: int, positions: list[int]
) -> None:
    ack = olive.ask("history", {"conversation": conversation, "before": 3, "limit": limit})

    assert [message["position"] for message in ack["messages"]] == positions
    assert ack["more"] is (positions[0] > 1)


@pytest.mark.parametrize("limit", [0, 51, "1"])
def test_an_invalid_limit_is_refused(olive: Socket, conversation: str, limit: object) -> None:
    ack = olive.ask("history", {"conversation": conversation, "before": 3, "limit": limit})

    assert (ack["error"], ack["message"].split(":")[0]) == ("invalid", "limit")


def test_history_pages_back_to_the_first_message(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    key = harness.key(conversation)

    def work() -> None:
        where = db.session.get_one(Conversation, key)
        for number in range(52):
            Message.add(where, Role.USER, str(number), seq=1)

    harness.database.write(work)
    max = harness.reader(cast.max)
    later = max.ask("history", {"conversation": conversation, "before": 53})
    earlier = max.ask("history", {"conversation": conversation, "before": 3})
    assert [m["content"] for m in later["messages"]] == list(map(str, range(2, 52)))
    assert [m["content"] for m in earlier["messages"]] == ["0", "1"]
    assert (later["more"], earlier["more"]) == (True, False)


def test_a_page_is_limited_in_bytes_not_characters(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    key = harness.key(conversation)

    def work() -> None:
        where = db.session.get_one(Conversation, key)
        for _ in range(9):
            Message.add(where, Role.USER, "ö" * 32_000, seq=1)  # 64,000 bytes

    harness.database.write(work)
    ack = harness.reader(cast.max).ask("history", {"conversation": conversation, "before": 100})
    assert [message["position"] for message in ack["messages"]] == [6, 7, 8, 9]
    assert ack["more"] is True
