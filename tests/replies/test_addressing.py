"""Whom a message asks: everybody, one model, or several, which answer one after the other."""

from __future__ import annotations

from typing import Any

import pytest

from app import replies
from app.extensions import db
from app.models import Conversation, Message
from app.models.conversation import Asking
from app.models.rights import MemberRole
from app.providers import Text
from app.replies import generation
from app.replies.leases import LeaseKeeper
from tests.support.cast import Cast, Person
from tests.support.harness import Harness


class Place:
    """A conversation, and what somebody sends in it."""

    def __init__(self, harness: Harness, conversation: str) -> None:
        self.harness, self.conversation = harness, conversation

    def send(self, person: Person, content: str = "And?", **keys: Any) -> dict[str, Any]:
        payload = {"conversation": self.conversation, "content": content, **keys}
        return self.harness.reader(person).ask("send", payload)

    def form(self, person: Person, content: str) -> dict[str, str]:
        """Send as a form without scripts does where nothing is chosen."""
        key, user = self.harness.key(self.conversation), self.harness.user(person)
        return replies.ask(key, user, content, None, asks=replies.BY_RULE)

    def set_asking(self, asking: Asking) -> None:
        key = self.harness.key(self.conversation)
        self.harness.database.write(
            lambda: db.session.get_one(Conversation, key).set_asking(asking)
        )

    def finish(self, text: str = "Yes.") -> None:
        """Complete the answer that streams, and do what follows."""
        answer = self.harness.prepare(self.harness.message_key(self.streaming))
        generation.add_event(answer, Text(text))
        answer.end(generation.Status.COMPLETE)
        self.harness.flush()
        generation.conclude(answer.message_id)

    @property
    def streaming(self) -> str:
        [found] = [
            message.id
            for message in self.harness.database.messages(self.conversation)
            if message.status == "streaming"
        ]
        return found

    @property
    def shown(self) -> list[str]:
        """What is shown: questions by their text, answers by their model and status."""
        return [
            message.content if message.role == "user" else f"{message.model} {message.status}"
            for message in self.harness.database.messages(self.conversation)
        ]

    def message(self, public_id: str) -> Message:
        """Return a row, detached."""

        def work() -> Message:
            found = db.session.scalars(db.select(Message).filter_by(public_id=public_id)).one()
            db.session.expunge(found)
            return found

        return self.harness.database.read(work)


@pytest.fixture
def place(harness: Harness, conversation: str) -> Place:
    """The conversation of Olive and Max."""
    return Place(harness, conversation)


def test_a_message_to_everybody_gets_no_answer(place: Place, cast: Cast) -> None:
    reader = place.harness.reader(cast.max, place.conversation)
    ack = place.send(cast.olive, "Hello", asks=[])
    assert set(ack) == {"ok", "id"}
    [(event, message)] = reader.received()
    assert (event, message["asks"]) == ("message", [])
    assert place.shown == ["Hello"]
    assert not place.harness.later or place.harness.later[-1][0] is not generation.generate


def test_several_models_answer_one_after_the_other(place: Place, cast: Cast) -> None:
    reader = place.harness.reader(cast.max, place.conversation)
    ack = place.send(cast.olive, "Why?", asks=["other", "demo"])
    assert ack["reply"] == place.streaming
    assert place.shown == ["Why?", "other streaming"]
    place.finish()
    assert place.shown == ["Why?", "other complete", "demo streaming"]
    place.finish()
    assert place.shown == ["Why?", "other complete", "demo complete"]
    assert not place.message(ack["id"]).waiting
    begun = [data for event, data in reader.received() if event == "message"]
    assert [each.get("model") for each in begun] == [None, "other", "demo"]
    assert begun[0]["asks"] == ["other", "demo"]


def test_a_later_question_waits_for_all_of_them(place: Place, cast: Cast) -> None:
    place.send(cast.olive, "Why?", asks=["other", "demo"])
    assert "reply" not in place.send(cast.max, "And me?")
    place.send(cast.max, "Wait for it.", asks=[])
    place.finish()
    place.finish()
    assert place.shown == [
        *("Why?", "other complete"),
        *("And me?", "Wait for it."),
        *("demo complete", "demo streaming"),
    ]


def test_mentioned_models_are_asked(place: Place, cast: Cast) -> None:
    ack = place.send(cast.olive, "@Max thinks so, @other and @demo?")
    message = place.message(ack["id"])
    assert message.asks == ("other", "demo")
    assert message.mentions == ("Max", "other", "demo")
    assert message.content == "@Max thinks so, @other and @demo?"
    assert message.content_html and '<span class="mention">@Max</span>' in message.content_html
    assert place.shown[1] == "other streaming"


def test_whoever_writes_can_choose_otherwise(place: Place, cast: Cast) -> None:
    assert "reply" not in place.send(cast.olive, "What did @other say?", asks=[])
    place.send(cast.olive, "What did @other say?", asks=["demo"])
    assert place.shown[-1] == "demo streaming"


@pytest.mark.parametrize("asking", Asking)
def test_a_program_that_knows_nothing_of_this_is_always_answered(
    place: Place, cast: Cast, asking: Asking
) -> None:
    place.set_asking(asking)
    ack = place.send(cast.max, "Why?")
    assert ack["reply"] == place.streaming
    message = place.message(ack["id"])
    assert (message.asks, message.mentions) == (None, None)


def test_the_conversation_says_whether_each_message_asks(place: Place, cast: Cast) -> None:
    assert "reply" in place.form(cast.olive, "Why?")
    place.finish()
    place.set_asking(Asking.MENTIONS)
    assert "reply" not in place.form(cast.olive, "Lunch?")
    assert "reply" in place.form(cast.olive, "@demo lunch?")
    assert place.shown[-3:] == ["Lunch?", "@demo lunch?", "demo streaming"]


def test_alone_each_message_asks(harness: Harness, cast: Cast) -> None:
    place = Place(harness, harness.database.conversation(cast.olive))
    place.set_asking(Asking.MENTIONS)
    assert "reply" in place.form(cast.olive, "Why?")


def test_readers_are_told_of_the_choice(place: Place, cast: Cast) -> None:
    assert "asking" not in place.harness.reader(cast.max).join(place.conversation)
    place.set_asking(Asking.MENTIONS)
    assert place.harness.reader(cast.max).join(place.conversation)["asking"] == "mentions"


@pytest.mark.parametrize("asks", [["nobody"], ["demo"] * 6, "demo", [1], [""]])
def test_what_is_no_list_of_models_is_refused(place: Place, cast: Cast, asks: Any) -> None:
    payload = {"conversation": place.conversation, "content": "Why?", "asks": asks}
    ack = place.harness.reader(cast.olive).ask_anything("send", payload)
    assert ack["error"] == "invalid"
    assert "asks" in ack["message"]
    assert place.shown == []


def test_a_text_can_ask_only_so_many(
    place: Place, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = [f"m{number}" for number in range(6)]
    monkeypatch.setattr(place.harness.runtime.models, "names", models)
    handles = {model: model for model in models}
    monkeypatch.setattr(place.harness.runtime.models, "handles", handles)
    ack = place.send(cast.olive, " ".join(f"@{model}" for model in models))
    assert (ack["error"], ack["message"]) == ("invalid", "A message can ask 5 models at most.")


def test_one_that_is_named_twice_answers_once(place: Place, cast: Cast) -> None:
    place.send(cast.olive, "Why?", asks=["demo", "demo"])
    place.finish()
    assert place.shown == ["Why?", "demo complete"]


def test_the_same_key_asks_nobody_again(place: Place, cast: Cast) -> None:
    first = place.send(cast.olive, "Why?", asks=["other", "demo"], key="k")
    place.finish()
    again = place.send(cast.olive, "Why?", asks=["other", "demo"], key="k")
    assert again == first
    assert place.shown == ["Why?", "other complete", "demo streaming"]


def test_after_a_stop_the_next_one_answers(place: Place, cast: Cast) -> None:
    place.send(cast.olive, "Why?", asks=["other", "demo"])
    place.harness.reader(cast.max).ask("stop", {"id": place.streaming})
    place.harness.run_later()
    assert place.shown == ["Why?", "other stopped", "demo streaming"]


def test_after_a_crash_between_two_another_process_starts_the_next(
    place: Place, cast: Cast
) -> None:
    place.send(cast.olive, "Why?", asks=["other", "demo"])
    answer = place.harness.prepare(place.harness.message_key(place.streaming))
    answer.end(generation.Status.COMPLETE)
    place.harness.flush()
    place.harness.later.clear()  # the process ends here
    assert place.shown == ["Why?", "other complete"]
    LeaseKeeper(place.harness.runtime.group_commit, 30).run_once()
    assert place.shown == ["Why?", "other complete", "demo streaming"]


def test_a_retry_of_the_first_does_not_ask_the_others_twice(place: Place, cast: Cast) -> None:
    place.send(cast.olive, "Why?", asks=["other", "demo"])
    answer = place.harness.prepare(place.harness.message_key(place.streaming))
    answer.end(generation.Status.COMPLETE)
    place.harness.flush()
    first = place.harness.database.messages(place.conversation)[-1].id
    assert place.harness.reader(cast.olive).ask("retry", {"id": first})["ok"]
    place.finish()
    place.finish()
    assert place.shown == ["Why?", "other complete", "demo complete"]


def test_an_edit_stops_whichever_answers_and_asks_anew(place: Place, cast: Cast) -> None:
    question = place.send(cast.olive, "Why?", asks=["other", "demo"])["id"]
    place.finish()
    stopped = place.streaming
    ack = place.harness.reader(cast.olive).ask("edit", {"id": question, "content": "@other how?"})
    assert place.shown == ["@other how?", "other streaming"]
    assert place.message(stopped).status == "stopped"
    place.finish()
    back = place.harness.reader(cast.olive).ask("choose", {"id": ack["id"], "version": 1})
    assert back["ok"]
    assert place.shown == ["Why?", "other complete", "demo stopped"]


def test_an_edit_while_some_wait_keeps_their_turn(place: Place, cast: Cast) -> None:
    question = place.send(cast.olive, "Why?", asks=["other", "demo"])["id"]
    ack = place.harness.reader(cast.olive).ask(
        "edit", {"id": question, "content": "Never mind.", "asks": []}
    )
    assert place.shown == ["Never mind."]
    place.harness.reader(cast.olive).ask("choose", {"id": ack["id"], "version": 1})
    assert place.shown == ["Why?", "other stopped", "demo streaming"]


def test_who_may_not_write_can_write_to_nobody(place: Place, cast: Cast) -> None:
    place.harness.database.change_role(place.conversation, cast.max, MemberRole.READER)
    assert place.send(cast.max, "Hi", asks=[])["error"] == "forbidden"
    assert place.send(cast.eve, "Hi", asks=[])["error"] == "not_found"
