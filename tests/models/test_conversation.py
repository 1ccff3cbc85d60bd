"""A conversation's members, its positions and its revision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from app.extensions import db
from app.models import Conversation, Membership, Notice
from app.models.control_event import Kind
from app.models.message import Role
from tests.support.cast import Cast
from tests.support.harness import Harness

Do = Callable[[Callable[[Conversation], Any]], Any]


@pytest.fixture
def do(harness: Harness, conversation: str) -> Do:
    """Return what does something with the conversation and commits it."""
    key = harness.key(conversation)
    return lambda work: harness.database.write(lambda: work(db.session.get_one(Conversation, key)))


def notices(harness: Harness, conversation: str) -> list[str]:
    """Return the kinds of what was posted about a conversation, and forget it."""

    def work() -> list[str]:
        rows = db.session.execute(Notice.recent()).all()
        assert {row.room for row in rows} <= {f"conversation:{conversation}"}
        db.session.execute(db.delete(Notice))
        return [row.kind for row in rows]

    return harness.database.write(work)


def test_members_are_named_in_the_order_they_came_the_owner_first(do: Do) -> None:
    assert do(lambda c: list(c.member_names)) == ["Olive", "Max"]


def test_the_first_member_alone_owns_it(harness: Harness, conversation: str) -> None:
    key = harness.key(conversation)
    found = db.select(Membership.is_owner).filter_by(conversation_id=key).order_by(Membership.id)
    assert harness.database.read(lambda: list(db.session.scalars(found))) == [True, False]


def test_nobody_is_a_member_twice(harness: Harness, cast: Cast, do: Do) -> None:
    with pytest.raises(IntegrityError):
        do(lambda c: c.admit(harness.user(cast.max)))


def test_admitting_is_told(harness: Harness, cast: Cast, conversation: str, do: Do) -> None:
    notices(harness, conversation)
    eve = harness.user(cast.eve)
    do(lambda c: c.admit(eve))
    assert notices(harness, conversation) == [Kind.DESCRIBE]
    assert eve in do(lambda c: c.member_ids)


def test_dismissing_has_all_rejoin(harness: Harness, cast: Cast, conversation: str, do: Do) -> None:
    notices(harness, conversation)
    max = harness.user(cast.max)
    assert max in do(lambda c: c.member_ids)
    do(lambda c: c.dismiss(max))
    assert notices(harness, conversation) == [Kind.REJOIN, Kind.DESCRIBE]
    assert max not in do(lambda c: c.member_ids)


def test_positions_grow_and_are_never_used_twice(do: Do) -> None:
    def say_and_unsay(conversation: Conversation) -> int:
        message = conversation.add(Role.USER, "Hi", seq=1)
        conversation.remove([message])
        return message.position

    assert [do(say_and_unsay) for _ in range(3)] == [1, 2, 3]
    assert do(lambda c: (c.position, c.revision)) == (3, 3)


def test_an_answer_goes_with_its_question(harness: Harness, cast: Cast, conversation: str) -> None:
    harness.answered(conversation, cast.olive)
    question, _answer = harness.database.messages(conversation)
    key = harness.message_key(question.id)
    gone = db.delete(db.metadata.tables["message"]).filter_by(id=key)
    harness.database.write(lambda: db.session.execute(gone))
    assert harness.database.messages(conversation) == []


def test_a_question_outlives_its_author(harness: Harness, cast: Cast, conversation: str) -> None:
    harness.ask(conversation, cast.max, "Remember me?")
    gone = db.delete(db.metadata.tables["user_account"]).filter_by(id=harness.user(cast.max))
    harness.database.write(lambda: db.session.execute(gone))

    olive = harness.reader(cast.olive)
    olive.join(conversation, after=0)

    question = olive.received()[0][1]
    assert (question["content"], question["author"]) == ("Remember me?", "Somebody who left")
