"""A page of history is as long as the reader wishes, up to a page."""

from __future__ import annotations

import pytest

from app.providers import Text
from tests.support.cast import Cast
from tests.support.harness import Harness
from tests.support.socket import Socket


@pytest.fixture
def olive(harness: Harness, cast: Cast, conversation: str) -> Socket:
    for answer in ("One.", "Two."):
        harness.answered(conversation, cast.olive, Text(answer))
    return harness.reader(cast.olive, conversation)


def test_history_returns_the_newest_messages_up_to_the_limit(
    olive: Socket, conversation: str
) -> None:
    ack = olive.ask("history", {"conversation": conversation, "before": 3, "limit": 1})

    assert [message["content"] for message in ack["messages"]] == ["One."]
    assert ack["more"] is True


def test_history_with_a_limit_above_the_count_returns_all(olive: Socket, conversation: str) -> None:
    ack = olive.ask("history", {"conversation": conversation, "before": 3, "limit": 50})

    assert [message["position"] for message in ack["messages"]] == [1, 2]
    assert ack["more"] is False


@pytest.mark.parametrize("limit", [0, 51, "1"])
def test_an_invalid_limit_is_refused(olive: Socket, conversation: str, limit: object) -> None:
    ack = olive.ask("history", {"conversation": conversation, "before": 3, "limit": limit})

    assert (ack["error"], ack["message"].split(":")[0]) == ("invalid", "limit")
