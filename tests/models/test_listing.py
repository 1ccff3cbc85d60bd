"""Somebody's conversations, newest first, a page at a time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.errors import Invalid
from app.extensions import db
from app.models import Conversation
from app.models.columns import now
from app.models.listing import PAGE_CONVERSATIONS, conversations_of
from tests.support.cast import Cast
from tests.support.stage import Stage


def page(stage: Stage, user_id: int, before: str | None = None) -> tuple[list[str], str | None]:
    def work() -> tuple[list[str], str | None]:
        listing = conversations_of(user_id, before)
        return [conversation.public_id for conversation in listing.conversations], listing.next

    return stage.records.read(work)


def test_the_last_that_somebody_spoke_in_comes_first(stage: Stage, cast: Cast) -> None:
    older, newer = (stage.records.conversation(cast.olive) for _ in range(2))
    user = stage.user(cast.olive)
    assert page(stage, user) == ([newer, older], None)
    stage.ask(older, cast.olive)
    assert page(stage, user) == ([older, newer], None)


def test_only_members_have_it_listed(stage: Stage, cast: Cast, conversation: str) -> None:
    listed = [page(stage, stage.user(p))[0] for p in (cast.olive, cast.max, cast.eve, cast.rex)]
    assert listed == [[conversation], [conversation], [], []]


def test_pages_meet_even_where_moments_are_equal(stage: Stage, cast: Cast) -> None:
    made = [stage.records.conversation(cast.olive) for _ in range(2 * PAGE_CONVERSATIONS + 1)]
    same = db.update(Conversation).values(updated_at=now() - timedelta(days=1))
    stage.records.write(lambda: db.session.execute(same))
    user = stage.user(cast.olive)

    first, cursor = page(stage, user)
    second, next_cursor = page(stage, user, cursor)
    third, end = page(stage, user, next_cursor)

    assert first + second + third == made[::-1]
    assert (len(first), len(second), end) == (PAGE_CONVERSATIONS, PAGE_CONVERSATIONS, None)


def test_a_full_page_that_is_the_last_has_no_next(stage: Stage, cast: Cast) -> None:
    for _ in range(PAGE_CONVERSATIONS):
        stage.records.conversation(cast.olive)
    listed, cursor = page(stage, stage.user(cast.olive))
    assert (len(listed), cursor) == (PAGE_CONVERSATIONS, None)


@pytest.mark.parametrize(
    "cursor",
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
def test_a_cursor_that_is_not_ours_is_refused(stage: Stage, cast: Cast, cursor: str) -> None:
    with pytest.raises(Invalid, match=r"^before: "):
        page(stage, stage.user(cast.olive), cursor)


@pytest.mark.parametrize("moment", ["2026-01-01T00:00:00", "2026-01-01T00:00:00.000001"])
def test_one_that_could_be_ours_is_not(stage: Stage, cast: Cast, moment: str) -> None:
    assert page(stage, stage.user(cast.olive), f"{moment}+00:00~{2**53 - 1}") == ([], None)
