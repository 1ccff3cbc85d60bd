"""A user's conversations: newest first, in pages, and with summaries."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.errors import Invalid
from app.extensions import db
from app.models import Conversation
from app.models.columns import now
from app.models.listing import PAGE_CONVERSATIONS, Summary, conversations_of, summaries_of
from tests.support.cast import Cast
from tests.support.harness import Harness


def page(harness: Harness, user_id: int, before: str | None = None) -> tuple[list[str], str | None]:
    def work() -> tuple[list[str], str | None]:
        listing = conversations_of(user_id, before)
        return [conversation.public_id for conversation in listing.conversations], listing.next

    return harness.database.read(work)


def test_the_most_recently_updated_conversation_is_first(harness: Harness, cast: Cast) -> None:
    older, newer = (harness.database.conversation(cast.olive) for _ in range(2))
    user = harness.user(cast.olive)
    assert page(harness, user) == ([newer, older], None)
    harness.ask(older, cast.olive)
    assert page(harness, user) == ([older, newer], None)


def test_pages_neither_overlap_nor_skip_when_times_are_equal(harness: Harness, cast: Cast) -> None:
    made = [harness.database.conversation(cast.olive) for _ in range(2 * PAGE_CONVERSATIONS + 1)]
    same = db.update(Conversation).values(updated_at=now() - timedelta(days=1))
    harness.database.write(lambda: db.session.execute(same))
    user = harness.user(cast.olive)

    first, token = page(harness, user)
    second, next_token = page(harness, user, token)
    third, end = page(harness, user, next_token)

    assert first + second + third == made[::-1]
    assert (len(first), len(second), end) == (PAGE_CONVERSATIONS, PAGE_CONVERSATIONS, None)


def test_a_full_last_page_has_no_page_token(harness: Harness, cast: Cast) -> None:
    for _ in range(PAGE_CONVERSATIONS):
        harness.database.conversation(cast.olive)
    listed, token = page(harness, harness.user(cast.olive))
    assert (len(listed), token) == (PAGE_CONVERSATIONS, None)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "~",
        "yesterday~1",
        "2026-01-01T00:00:00+00:00~x",
        f"{10**400}",
        "2026-01-01~1~2",
        "2026-01-01T00:00:00~1",
        "2026-01-01T00:00:00+23:00~1",
        "2026-02-30T00:00:00+00:00~1",
        "2026-01-01T00:00:00+00:00~-1",
        "2026-01-01T00:00:00+00:00~9999999999999999999999",
    ],
)
def test_an_invalid_page_token_is_refused(harness: Harness, cast: Cast, token: str) -> None:
    with pytest.raises(Invalid, match=r"^before: "):
        page(harness, harness.user(cast.olive), token)


@pytest.mark.parametrize("time", ["2026-01-01T00:00:00", "2026-01-01T00:00:00.000001"])
def test_a_well_formed_page_token_is_accepted(harness: Harness, cast: Cast, time: str) -> None:
    assert page(harness, harness.user(cast.olive), f"{time}+00:00~{2**53 - 1}") == ([], None)


def summaries(harness: Harness, cast: Cast) -> dict[int, Summary]:
    olive = harness.user(cast.olive)
    return harness.database.read(lambda: summaries_of(conversations_of(olive).conversations))


def test_summaries_have_members_and_whether_an_answer_streams(harness: Harness, cast: Cast) -> None:
    at_rest = harness.database.conversation(cast.olive)
    busy = harness.database.conversation(cast.max, cast.olive)
    harness.ask(busy, cast.olive)

    assert summaries(harness, cast) == {
        harness.key(at_rest): Summary(["Olive"], False),
        harness.key(busy): Summary(["Max", "Olive"], True),
    }


def test_no_conversations_have_no_summaries(harness: Harness) -> None:
    assert harness.database.read(lambda: summaries_of([])) == {}
