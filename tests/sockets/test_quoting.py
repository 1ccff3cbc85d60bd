"""A message says which one it quotes, as far as that is known."""

from __future__ import annotations

import pytest

from tests.support.cast import Cast
from tests.support.harness import Harness
from tests.support.socket import Socket

QUOTATION = "> demo:\n> Yes.\n\nReally?"


def quoted(socket: Socket, conversation: str, quotes: object) -> list[str | None]:
    """Send a quotation; return what each reader is told that the messages quote."""
    socket.received()
    payload = {"conversation": conversation, "content": QUOTATION, "quotes": quotes}
    assert socket.ask("send", payload)["ok"]
    return [data.get("quotes") for name, data in socket.received() if name == "message"]


def test_readers_are_told_what_is_quoted(
    conversation: str, answer: str, max: Socket, harness: Harness
) -> None:
    assert quoted(max, conversation, answer) == [answer, None]
    *_, question, _ = harness.database.messages(conversation)
    assert question.content == QUOTATION


@pytest.mark.parametrize("quotes", [None, "0" * 32, "x", "\0"])
def test_what_is_not_there_is_not_quoted(
    conversation: str, answer: str, max: Socket, quotes: str | None
) -> None:
    assert quoted(max, conversation, quotes) == [None, None]


def test_what_is_elsewhere_is_not_quoted(
    harness: Harness, cast: Cast, conversation: str, answer: str, max: Socket
) -> None:
    other = harness.database.conversation(cast.max)
    assert quoted(harness.reader(cast.max, other), other, answer) == [None, None]


def test_an_edit_keeps_what_is_quoted(
    harness: Harness, conversation: str, answer: str, max: Socket
) -> None:
    quoted(max, conversation, answer)
    *_, question, _ = harness.database.messages(conversation)
    assert max.ask("edit", {"id": question.id, "content": "> Yes.\n\nOh?"})["ok"]
    assert [data.get("quotes") for name, data in max.received() if name == "message"] == [
        *(answer, None),
    ]


@pytest.mark.parametrize("quotes", ["", "x" * 65, 7])
def test_bad_ids_are_refused(conversation: str, max: Socket, quotes: object) -> None:
    payload = {"conversation": conversation, "content": "?", "quotes": quotes}
    assert max.ask("send", payload)["error"] == "invalid"
