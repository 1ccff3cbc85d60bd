"""Waiting questions are answered in order, however the previous answer ended."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.extensions import db
from app.models import Conversation, Message, Status
from app.models.message import Role
from app.providers import Text
from app.replies import generation
from app.replies.leases import LeaseKeeper
from tests.support.cast import Cast
from tests.support.harness import Harness

pytestmark = pytest.mark.usefixtures("commits_at_once")


def test_the_next_question_is_answered_when_an_answer_ends(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    script = harness.script(Text("Hello"))
    first = harness.ask(conversation, cast.olive, "one")
    harness.ask(conversation, cast.max, "two")
    harness.later.clear()

    generation.generate(harness.message_key(first))

    [(task, args)] = harness.later
    task(*args)
    assert [turn.content for turn in script.heard[1]] == ["one", "Hello", "two"]
    stored = harness.database.messages(conversation)
    assert [m.role for m in stored] == ["user", "assistant"] * 2
    assert {m.status for m in stored} == {"complete"}


def test_no_waiting_question_is_answered_during_shutdown(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    harness.script(Text("Hello"))
    first = harness.ask(conversation, cast.olive, "one")
    harness.ask(conversation, cast.max, "two")
    harness.later.clear()
    harness.runtime.is_shutting_down = True

    generation.generate(harness.message_key(first))

    assert not harness.later
    assert len(harness.database.messages(conversation)) == 3


def test_nothing_starts_in_a_deleted_conversation(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    answer = harness.answered(conversation, cast.olive)
    key = harness.key(conversation)
    gone = db.delete(Conversation).where(Conversation.id == key)
    harness.database.write(lambda: db.session.execute(gone))
    generation.conclude(answer.message_id)
    generation.start_next(key)
    assert not harness.later


def test_the_lease_keeper_answers_a_question_left_waiting(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    key = harness.key(conversation)

    def leave_one() -> None:
        where = db.session.get_one(Conversation, key)
        Message.add(where, Role.USER, "Anybody there?", seq=1, waiting=True)

    harness.database.write(leave_one)
    max = harness.reader(cast.max, conversation)

    keeper = LeaseKeeper(harness.runtime.group_commit, 15)
    keeper.run_once()
    keeper.run_once()

    [(name, reply)] = max.received()
    assert (name, reply["role"], reply["status"]) == ("message", "assistant", "streaming")


def test_concluding_an_answer_twice_has_no_further_effect(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    answer = harness.answered(conversation, cast.olive, Text("*Hi*"))
    for _ in range(2):
        generation.conclude(answer.message_id)
        assert db.session.get_one(Message, answer.message_id).content_html == (
            '<p dir="auto"><em>Hi</em></p>\n'
        )
        db.session.rollback()
    assert not harness.later


def test_what_follows_many_ends_is_done_for_one_after_the_other(
    harness: Harness, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [harness.begin(harness.database.conversation(cast.olive), cast.olive) for _ in "abc"]
    for answer in answers:
        answer.end(Status.COMPLETE)
    harness.flush()
    running: list[int] = []
    most: list[int] = []

    def announce(conversation_id: int) -> None:
        running.append(conversation_id)
        most.append(len(running))
        time.sleep(0.02)  # the others come meanwhile
        running.remove(conversation_id)

    monkeypatch.setattr(generation.lists, "announce", announce)

    def conclude(key: int) -> None:
        with harness.app.app_context():
            generation.conclude(key)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(conclude, [answer.message_id for answer in answers]))

    assert most == [1, 1, 1]
