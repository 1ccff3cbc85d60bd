"""Questions that wait are answered in turn, whatever became of the answer before them."""

from __future__ import annotations

import pytest

from app.extensions import db
from app.models import Conversation, Message
from app.models.message import Role
from app.providers import Text
from app.replies import generation
from app.replies.leases import LeaseKeeper
from tests.support.cast import Cast
from tests.support.harness import Harness

pytestmark = pytest.mark.usefixtures("beats_at_once")


def test_the_next_question_gets_its_turn_when_an_answer_has_ended(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    script = harness.script(Text("Hello"))
    first = harness.ask(conversation, cast.olive, "one")
    harness.ask(conversation, cast.max, "two")
    harness.later.clear()

    generation.begin(first)

    [(task, args)] = harness.later
    task(*args)
    assert [turn.content for turn in script.heard[1]] == ["one", "Hello", "two"]
    stored = harness.database.messages(conversation)
    assert [m.role for m in stored] == ["user", "assistant"] * 2
    assert {m.status for m in stored} == {"complete"}


def test_in_a_server_that_is_about_to_end_it_keeps_its_place(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    harness.script(Text("Hello"))
    first = harness.ask(conversation, cast.olive, "one")
    harness.ask(conversation, cast.max, "two")
    harness.later.clear()
    harness.runtime.is_closing = True

    generation.begin(first)

    assert not harness.later
    assert len(harness.database.messages(conversation)) == 3


def test_what_follows_a_deleted_conversation_is_nothing(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    answer = harness.answered(conversation, cast.olive)
    key = harness.key(conversation)
    gone = db.delete(Conversation).where(Conversation.id == key)
    harness.database.write(lambda: db.session.execute(gone))
    generation.conclude(answer.message_id)
    generation.begin_next(key)
    assert not harness.later


def test_a_question_left_waiting_gets_its_turn(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    key = harness.key(conversation)

    def leave_one() -> None:
        where = db.session.get_one(Conversation, key)
        where.add(Role.USER, "Anybody there?", seq=1, waiting=True)

    harness.database.write(leave_one)
    max = harness.reader(cast.max, conversation)

    keeper = LeaseKeeper(harness.runtime.beat, 15)
    keeper.run_once()
    keeper.run_once()

    [(name, reply)] = max.received()
    assert (name, reply["role"], reply["status"]) == ("message", "assistant", "streaming")


def test_what_follows_an_end_may_be_done_twice(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    answer = harness.answered(conversation, cast.olive, Text("*Hi*"))
    for _ in range(2):
        generation.conclude(answer.message_id)
        assert db.session.get_one(Message, answer.message_id).content_html == "<p><em>Hi</em></p>\n"
        db.session.rollback()
    assert not harness.later
