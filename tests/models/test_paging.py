"""Pages: at most 50 messages and 256 kB of text, and at least one message."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.extensions import db
from app.models import Conversation, Message
from app.models.message import Role
from app.models.paging import PAGE_BYTES, PAGE_MESSAGES, last_page, page_after, page_before
from tests.support.harness import Harness

Filled = Callable[..., Conversation]


@pytest.fixture
def filled(harness: Harness, conversation: str) -> Filled:
    """Return a function that adds messages of these sizes to the conversation and returns it."""
    key = harness.key(conversation)

    def fill(*sizes: int) -> Conversation:
        def work() -> None:
            where = db.session.get_one(Conversation, key)
            for size in sizes:
                Message.add(where, Role.USER, "x" * size, seq=1)

        harness.database.write(work)
        return db.session.get_one(Conversation, key)

    return fill


def positions(messages: list[Message] | None) -> list[int] | None:
    return None if messages is None else [message.position for message in messages]


def test_an_empty_conversation_has_an_empty_page(filled: Filled) -> None:
    where = filled()
    assert last_page(where) == []
    assert page_before(where, 1) == ([], False)
    assert page_after(where, 0) == []


def test_the_last_page_has_the_newest_messages_in_order(filled: Filled) -> None:
    where = filled(*[1] * (PAGE_MESSAGES + 1))
    assert positions(last_page(where)) == list(range(2, PAGE_MESSAGES + 2))


def test_page_before_reports_whether_there_are_more(filled: Filled) -> None:
    where = filled(*[1] * (PAGE_MESSAGES + 1))
    messages, more = page_before(where, PAGE_MESSAGES + 1)
    assert (len(messages), messages[-1].position, more) == (PAGE_MESSAGES, PAGE_MESSAGES, False)
    messages, more = page_before(where, PAGE_MESSAGES + 2)
    assert (len(messages), messages[0].position, more) == (PAGE_MESSAGES, 2, True)


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([PAGE_BYTES // 2, PAGE_BYTES // 2], [1, 2]),
        ([PAGE_BYTES // 2, PAGE_BYTES // 2 + 1], [2]),
        ([1, PAGE_BYTES * 2], [2]),
        ([PAGE_BYTES * 2, 1], [2]),
        ([PAGE_BYTES * 2], [1]),
    ],
)
def test_a_page_is_limited_in_bytes_but_has_at_least_one_message(
    filled: Filled, sizes: list[int], expected: list[int]
) -> None:
    where = filled(*sizes)
    messages, more = page_before(where, len(sizes) + 1)
    assert positions(messages) == expected
    assert more is (len(expected) < len(sizes))


def test_paging_back_returns_every_message_once(filled: Filled) -> None:
    where = filled(*[PAGE_BYTES // 3] * 10)
    seen: list[int] = []
    before, more = 11, True
    while more:
        messages, more = page_before(where, before)
        seen = [message.position for message in messages] + seen
        before = messages[0].position
    assert seen == list(range(1, 11))


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([1] * PAGE_MESSAGES, list(range(1, PAGE_MESSAGES + 1))),
        ([1] * (PAGE_MESSAGES + 1), None),
        ([PAGE_BYTES, 1], None),
        ([PAGE_BYTES * 2], [1]),
    ],
)
def test_page_after_returns_everything_or_none(
    filled: Filled, sizes: list[int], expected: list[int] | None
) -> None:
    assert positions(page_after(filled(*sizes), 0)) == expected
