"""Questions that wait are answered in turn, whatever became of the answer before them."""

from __future__ import annotations

import pytest

from app.extensions import db
from app.models import Conversation, Message
from app.models.message import Role
from app.providers import Text
from app.replies import answering
from app.replies.leases import LeaseKeeper
from tests.support.cast import Cast
from tests.support.stage import Stage

pytestmark = pytest.mark.usefixtures("beats_at_once")


def test_the_next_question_gets_its_turn_when_an_answer_has_ended(
    stage: Stage, cast: Cast, conversation: str
) -> None:
    script = stage.script(Text("Hello"))
    first = stage.ask(conversation, cast.olive, "one")
    stage.ask(conversation, cast.max, "two")
    stage.later.clear()

    answering.begin(first)

    [(task, args)] = stage.later
    task(*args)
    assert [turn.content for turn in script.heard[1]] == ["one", "Hello", "two"]
    stored = stage.records.messages(conversation)
    assert [m.role for m in stored] == ["user", "assistant"] * 2
    assert {m.status for m in stored} == {"complete"}


def test_in_a_server_that_is_about_to_end_it_keeps_its_place(
    stage: Stage, cast: Cast, conversation: str
) -> None:
    stage.script(Text("Hello"))
    first = stage.ask(conversation, cast.olive, "one")
    stage.ask(conversation, cast.max, "two")
    stage.later.clear()
    stage.runtime.is_closing = True

    answering.begin(first)

    assert not stage.later
    assert len(stage.records.messages(conversation)) == 3


def test_what_follows_a_deleted_conversation_is_nothing(
    stage: Stage, cast: Cast, conversation: str
) -> None:
    answer = stage.answered(conversation, cast.olive)
    key = stage.key(conversation)
    gone = db.delete(Conversation).where(Conversation.id == key)
    stage.records.write(lambda: db.session.execute(gone))
    answering.conclude(answer.message_id)
    answering.begin_next(key)
    assert not stage.later


def test_a_question_left_waiting_gets_its_turn(stage: Stage, cast: Cast, conversation: str) -> None:
    key = stage.key(conversation)

    def leave_one() -> None:
        where = db.session.get_one(Conversation, key)
        where.add(Role.USER, "Anybody there?", seq=1, waiting=True)

    stage.records.write(leave_one)
    max = stage.reader(cast.max, conversation)

    keeper = LeaseKeeper(stage.runtime.beat, 15)
    keeper.run_once()
    keeper.run_once()

    [(name, reply)] = max.received()
    assert (name, reply["role"], reply["status"]) == ("message", "assistant", "streaming")


def test_what_follows_an_end_may_be_done_twice(stage: Stage, cast: Cast, conversation: str) -> None:
    answer = stage.answered(conversation, cast.olive, Text("*Hi*"))
    for _ in range(2):
        answering.conclude(answer.message_id)
        assert db.session.get_one(Message, answer.message_id).content_html == "<p><em>Hi</em></p>\n"
        db.session.rollback()
    assert not stage.later
