"""Questions: they are stored, answered in turn, and give a conversation its title."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.exc import IntegrityError

from app.errors import Conflict
from app.extensions import db
from app.models import Conversation, Message, Status, questions
from app.models.message import Role
from app.models.questions import Question
from app.models.waiting import waiting_conversations
from tests.models.conftest import Transact
from tests.support.cast import Cast
from tests.support.harness import Harness


def question(
    harness: Harness, cast: Cast, content: str = "And?", key: str | None = None
) -> Question:
    return Question(harness.user(cast.olive), content, f"<p>{content}</p>", key)


def test_the_database_refuses_two_streaming_answers_in_a_conversation(transact: Transact) -> None:
    def two_at_once(conversation: Conversation) -> None:
        for _ in range(2):
            Message.add(conversation, Role.ASSISTANT, status=Status.STREAMING)

    with pytest.raises(IntegrityError):
        transact(two_at_once)


def test_concurrent_questions_are_all_stored_and_one_is_answered(
    harness: Harness, cast: Cast, conversation: str, transact: Transact
) -> None:
    asked = question(harness, cast)

    def ask(_: int) -> object:
        return transact(lambda conversation: questions.ask(conversation, asked).answer is not None)

    with ThreadPoolExecutor(6) as pool:
        begun = list(pool.map(ask, range(6)))

    assert sorted(begun) == [False] * 5 + [True]
    stored = harness.database.messages(conversation)
    assert len(stored) == 7
    positions = harness.database.read(_positions)
    assert positions == list(range(1, 8))


def _positions() -> list[int]:
    return list(db.session.scalars(db.select(questions.Message.position).order_by("position")))


def test_concurrent_questions_with_the_same_key_are_stored_once(
    harness: Harness, cast: Cast, conversation: str, transact: Transact
) -> None:
    asked = question(harness, cast, key="k")

    def ask(_: int) -> object:
        return transact(lambda conversation: questions.ask(conversation, asked).message.id)

    with ThreadPoolExecutor(4) as pool:
        ids = set(pool.map(ask, range(4)))

    assert len(ids) == 1
    assert len(harness.database.messages(conversation)) == 2


def test_a_key_can_be_used_again_in_another_conversation(
    harness: Harness, cast: Cast, transact: Transact
) -> None:
    asked = question(harness, cast, key="k")
    transact(lambda conversation: questions.ask(conversation, asked).added)
    other = harness.key(harness.database.conversation(cast.olive))
    assert harness.database.write(
        lambda: questions.ask(db.session.get_one(Conversation, other), asked).added
    )


@pytest.mark.parametrize(
    ("content", "title"),
    [
        ("  Why is\n the sky\tblue? ", "Why is the sky blue?"),
        ("x" * 60, "x" * 60),
        ("x" * 61, "x" * 59 + "…"),
        ("x" * 58 + " yyy", "x" * 58 + "…"),
        ("a" * 56 + "👩‍👩‍👧‍👦 family", "a" * 56 + "…"),
        ("🇩🇪" * 40, "🇩🇪" * 29 + "…"),
        ("e" + "\u0301" * 100, "New conversation"),
        ("\u202eWhy\u2069?", "Why?"),
        ("Words are not cut, " * 5, "Words are not cut, Words are not cut, Words are not cut,…"),
        ("a " + "x" * 70, "a " + "x" * 57 + "…"),
        ("Ring\a the\x1b bell", "Ring the bell"),
        ("\a", "New conversation"),
        ("\u200b \u3164", "New conversation"),
    ],
)
def test_the_first_question_gives_the_title(
    harness: Harness, cast: Cast, content: str, title: str
) -> None:
    key = harness.key(harness.database.conversation(cast.olive, title="New conversation"))
    for text in (content, "Something else"):
        asked = question(harness, cast, text)
        harness.database.write(
            lambda q=asked: questions.ask(db.session.get_one(Conversation, key), q).added
        )
    assert db.session.get_one(Conversation, key).title == title


def test_a_question_does_not_change_a_chosen_title(
    harness: Harness, cast: Cast, transact: Transact
) -> None:
    assert transact(lambda c: questions.ask(c, question(harness, cast)).retitled) is False
    assert transact(lambda c: c.title) == "Tests"


def test_a_waiting_conversation_is_found_once_no_answer_streams(
    harness: Harness, cast: Cast, conversation: str, transact: Transact
) -> None:
    answer = harness.begin(conversation, cast.olive)
    harness.ask(conversation, cast.max)
    assert harness.database.read(lambda: waiting_conversations(9)) == []
    answer.end(Status.COMPLETE)
    harness.flush()
    assert harness.database.read(lambda: waiting_conversations(9)) == [harness.key(conversation)]
    assert transact(lambda c: questions.answer_next(c) is not None)
    assert transact(lambda c: questions.answer_next(c)) is None


def test_retry_without_an_answer_is_a_conflict(
    harness: Harness, cast: Cast, transact: Transact
) -> None:
    user_id = harness.user(cast.olive)
    with pytest.raises(Conflict):
        transact(lambda conversation: questions.retry(conversation, "nothing", user_id))
