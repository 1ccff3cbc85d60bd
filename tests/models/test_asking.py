"""What asking does to a conversation."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from sqlalchemy.exc import IntegrityError

from app.errors import Conflict
from app.extensions import db
from app.models import Conversation, Status, asking
from app.models.asking import Question, waiting_conversations
from app.models.message import Role
from tests.support.cast import Cast
from tests.support.harness import Harness

T = TypeVar("T")
Do = Callable[[Callable[[Conversation], T]], T]


@pytest.fixture
def do(harness: Harness, conversation: str) -> Do[object]:
    """Return what does something with the conversation and commits it."""
    key = harness.key(conversation)
    return lambda work: harness.database.write(lambda: work(db.session.get_one(Conversation, key)))


def question(
    harness: Harness, cast: Cast, content: str = "And?", key: str | None = None
) -> Question:
    return Question(harness.user(cast.olive), content, f"<p>{content}</p>", key)


def test_one_answer_streams_at_a_time_because_the_database_says_so(do: Do[object]) -> None:
    def two_at_once(conversation: Conversation) -> None:
        for _ in range(2):
            conversation.add(Role.ASSISTANT, status=Status.STREAMING)

    with pytest.raises(IntegrityError):
        do(two_at_once)


def test_of_many_questions_at_once_one_is_answered_and_none_is_lost(
    harness: Harness, cast: Cast, conversation: str, do: Do[object]
) -> None:
    asked = question(harness, cast)

    def ask(_: int) -> object:
        return do(lambda conversation: asking.ask(conversation, asked).reply is not None)

    with ThreadPoolExecutor(6) as pool:
        begun = list(pool.map(ask, range(6)))

    assert sorted(begun) == [False] * 5 + [True]
    stored = harness.database.messages(conversation)
    assert len(stored) == 7
    positions = harness.database.read(_positions)
    assert positions == list(range(1, 8))


def _positions() -> list[int]:
    return list(db.session.scalars(db.select(asking.Message.position).order_by("position")))


def test_the_same_key_twice_at_once_is_one_question(
    harness: Harness, cast: Cast, conversation: str, do: Do[object]
) -> None:
    asked = question(harness, cast, key="k")

    def ask(_: int) -> object:
        return do(lambda conversation: asking.ask(conversation, asked).message.id)

    with ThreadPoolExecutor(4) as pool:
        ids = set(pool.map(ask, range(4)))

    assert len(ids) == 1
    assert len(harness.database.messages(conversation)) == 2


def test_the_same_key_elsewhere_is_another_question(
    harness: Harness, cast: Cast, do: Do[object]
) -> None:
    asked = question(harness, cast, key="k")
    do(lambda conversation: asking.ask(conversation, asked).is_new)
    other = harness.key(harness.database.conversation(cast.olive))
    assert harness.database.write(
        lambda: asking.ask(db.session.get_one(Conversation, other), asked).is_new
    )


@pytest.mark.parametrize(
    ("content", "title"),
    [
        ("  Why is\n the sky\tblue? ", "Why is the sky blue?"),
        ("x" * 60, "x" * 60),
        ("x" * 61, "x" * 59 + "…"),
        ("x" * 58 + " yyy", "x" * 58 + "…"),
        ("Words are not cut, " * 5, "Words are not cut, Words are not cut, Words are not cut,…"),
        ("a " + "x" * 70, "a " + "x" * 57 + "…"),
        ("Ring\a the\x1b bell", "Ring the bell"),
        ("\a", "New conversation"),
    ],
)
def test_the_first_question_gives_the_title(
    harness: Harness, cast: Cast, content: str, title: str
) -> None:
    key = harness.key(harness.database.conversation(cast.olive, title="New conversation"))
    for said in (content, "Something else"):
        asked = question(harness, cast, said)
        harness.database.write(
            lambda q=asked: asking.ask(db.session.get_one(Conversation, key), q).is_new
        )
    assert db.session.get_one(Conversation, key).title == title


def test_a_title_that_somebody_gave_stays(harness: Harness, cast: Cast, do: Do[object]) -> None:
    assert do(lambda c: asking.ask(c, question(harness, cast)).retitled) is False
    assert do(lambda c: c.title) == "Tests"


def test_who_waits_is_found_once_nothing_streams(
    harness: Harness, cast: Cast, conversation: str, do: Do[object]
) -> None:
    answer = harness.begin(conversation, cast.olive)
    harness.ask(conversation, cast.max)
    assert harness.database.read(waiting_conversations) == []
    answer.end(Status.COMPLETE)
    harness.flush()
    assert harness.database.read(waiting_conversations) == [harness.key(conversation)]
    assert do(lambda c: asking.answer_next(c) is not None)
    assert do(lambda c: asking.answer_next(c)) is None


def test_where_nothing_was_answered_nothing_can_be_retried(do: Do[object]) -> None:
    with pytest.raises(Conflict):
        do(lambda conversation: asking.retry(conversation, "nothing"))
