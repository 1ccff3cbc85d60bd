"""A model knows who speaks: the people, and the models beside it."""

from __future__ import annotations

import pytest

from app.extensions import db
from app.models import Conversation, Message, User
from app.providers import Speaker, Text, Turn
from app.replies import generation, staying
from app.replies.context import turns_before
from tests.support.cast import Cast, Person
from tests.support.harness import Harness

OLIVE, MAX = Speaker("Olive"), Speaker("Max")


def asked(harness: Harness, conversation: str, person: Person, content: str, *asks: str) -> str:
    """Ask these models; return the id of the first answer."""
    payload = {"conversation": conversation, "content": content, "asks": list(asks)}
    ack = harness.reader(person).ask("send", payload)
    assert ack["ok"], ack
    return ack.get("reply", ack["id"])


def finish(harness: Harness, reply: str, text: str) -> None:
    """Complete an answer."""
    answer = harness.prepare(harness.message_key(reply))
    generation.add_event(answer, Text(text))
    answer.end(generation.Status.COMPLETE)
    harness.flush()


def streaming(harness: Harness, conversation: str) -> str:
    [found] = [m.id for m in harness.database.messages(conversation) if m.status == "streaming"]
    return found


def turns(harness: Harness, reply: str) -> list[Turn]:
    """Return what the model of an answer reads, without our own words."""
    key = harness.message_key(reply)
    found = harness.database.read(lambda: turns_before(db.session.get_one(Message, key)).turns)
    return [turn._replace(preface="") for turn in found]


def preface(harness: Harness, reply: str) -> str:
    key = harness.message_key(reply)
    found = harness.database.read(lambda: turns_before(db.session.get_one(Message, key)).turns)
    [words] = [turn.preface for turn in found if turn.preface]
    return words


def test_alone_with_one_model_nobody_is_named(harness: Harness, cast: Cast) -> None:
    conversation = harness.database.conversation(cast.olive)
    harness.answered(conversation, cast.olive, Text("Yes."))
    reply = harness.ask(conversation, cast.olive, "Why?")
    assert turns(harness, reply) == [
        Turn("user", "And?"),
        Turn("assistant", "Yes."),
        Turn("user", "Why?"),
    ]


def test_people_are_named_as_soon_as_there_are_several(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    reply = harness.ask(conversation, cast.olive, "Why?")
    assert turns(harness, reply) == [Turn("user", "Why?", OLIVE)]
    assert "You are demo." in preface(harness, reply)


def test_what_is_said_to_everybody_is_read_by_the_model_that_is_asked_next(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    asked(harness, conversation, cast.olive, "Lasagne?")
    asked(harness, conversation, cast.max, "Rather not.")
    reply = asked(harness, conversation, cast.olive, "What else?", "other")
    assert turns(harness, reply) == [
        Turn("user", "Lasagne?", OLIVE),
        Turn("user", "Rather not.", MAX),
        Turn("user", "What else?", OLIVE),
    ]
    assert "You are other." in preface(harness, reply)


def test_the_answers_of_others_are_said_by_them(harness: Harness, cast: Cast) -> None:
    conversation = harness.database.conversation(cast.olive)
    reply = asked(harness, conversation, cast.olive, "Why?", "demo", "other")
    finish(harness, reply, "So.")
    generation.start_next(harness.key(conversation))
    second = streaming(harness, conversation)
    other, demo = Speaker("other", is_model=True), Speaker("demo", is_model=True)
    assert turns(harness, second) == [Turn("user", "Why?", OLIVE), Turn("user", "So.", demo)]
    finish(harness, second, "Not so.")
    third = asked(harness, conversation, cast.olive, "Who is right?", "demo")
    assert turns(harness, third) == [
        Turn("user", "Why?", OLIVE),
        Turn("assistant", "So."),
        Turn("user", "Not so.", other),
        Turn("user", "Who is right?", OLIVE),
    ]


def test_an_answer_does_not_read_the_one_that_it_replaces_or_that_follows(
    harness: Harness, cast: Cast
) -> None:
    conversation = harness.database.conversation(cast.olive)
    finish(harness, asked(harness, conversation, cast.olive, "Why?", "demo", "other"), "So.")
    generation.start_next(harness.key(conversation))
    second = streaming(harness, conversation)
    finish(harness, second, "Not so.")
    again = harness.reader(cast.olive).ask("retry", {"id": second})["reply"]
    expected = [Turn("user", "Why?", OLIVE), Turn("user", "So.", Speaker("demo", is_model=True))]
    assert turns(harness, again) == expected
    harness.reader(cast.olive).ask("choose", {"id": again, "version": 1})
    key = harness.database.read(lambda: newest(conversation))
    found = harness.database.read(lambda: turns_before(db.session.get_one(Message, key)).turns)
    assert [turn._replace(preface="") for turn in found] == expected, "hidden since"


def newest(conversation: str) -> int:
    here = Conversation.by_public_id(conversation)
    assert here
    mine = db.select(db.func.max(Message.id)).where(Message.conversation_id == here.id)
    return int(db.session.scalars(mine).one())


def test_a_long_answer_of_another_model_is_left_out_and_the_question_is_not(
    harness: Harness, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staying, "CONTEXT_TOKENS", 20)
    conversation = harness.database.conversation(cast.olive)
    finish(harness, asked(harness, conversation, cast.olive, "Why?", "demo", "other"), "x" * 30)
    generation.start_next(harness.key(conversation))
    assert [turn.content for turn in turns(harness, streaming(harness, conversation))] == ["Why?"]


def test_two_of_one_name_are_told_apart(harness: Harness, cast: Cast, conversation: str) -> None:
    other = harness.database.same_name(cast.max, conversation)
    third = harness.database.bot("Max (2)")
    harness.database.add_member(conversation, third)
    for person in (other, third, cast.max):
        asked(harness, conversation, person, "It is me.")
    reply = harness.ask(conversation, cast.olive, "Who?")
    names = [turn.speaker.name for turn in turns(harness, reply) if turn.speaker]
    assert names == ["Max (2)", "Max (2) (2)", "Max", "Olive"]


def test_somebody_without_an_account_has_left(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    asked(harness, conversation, cast.max, "I was here.")
    max_ = harness.user(cast.max)
    harness.database.write(lambda: db.session.delete(db.session.get_one(User, max_)))
    reply = harness.ask(conversation, cast.olive, "Who?")
    assert turns(harness, reply)[0].speaker == Speaker("Former member")
