"""The task that receives an answer: however that ends, the answer ends, and others go on."""

from __future__ import annotations

import pytest

from app.extensions import db
from app.models import Message
from app.providers import Event, Text, Thinking, Usage
from app.providers.base import PermanentError
from app.replies import answering
from app.replies.answer import ANSWER_LENGTH, TOO_LONG
from app.replies.answering import UNEXPECTED
from tests.support.cast import Cast
from tests.support.models import Script
from tests.support.records import Stored
from tests.support.stage import Stage

pytestmark = pytest.mark.usefixtures("beats_at_once")


def received(stage: Stage, cast: Cast, conversation: str, script: Script) -> Stored:
    """Receive an answer; return it as it is stored."""
    reply = stage.ask(conversation, cast.olive)
    stage.later.clear()
    answering.begin(reply)
    assert script.streams[-1].closed, "whatever happens, the model must be let go of"
    return stage.records.message(reply)


def test_what_the_model_says_is_the_answer(stage: Stage, cast: Cast, conversation: str) -> None:
    script = stage.script(Thinking("Hm."), Text("Hel"), Text("lo"), Usage(3, 2))
    stored = received(stage, cast, conversation, script)
    assert (stored.status, stored.content, stored.thinking) == ("complete", "Hello", "Hm.")
    key = stage.message_key(stored.id)
    row = db.session.get_one(Message, key)
    assert (row.input_tokens, row.output_tokens) == (3, 2)


def test_its_html_is_stored_beside_it(stage: Stage, cast: Cast, conversation: str) -> None:
    stored = received(stage, cast, conversation, stage.script(Text("*Hello*")))
    row = db.session.get_one(Message, stage.message_key(stored.id))
    assert row.content_html == "<p><em>Hello</em></p>\n"


def test_an_answer_without_text_is_complete(stage: Stage, cast: Cast, conversation: str) -> None:
    stored = received(stage, cast, conversation, stage.script())
    assert (stored.status, stored.content, stored.seq) == ("complete", "", 1)


def test_a_model_that_fails_leaves_its_text_and_a_sentence(
    stage: Stage, cast: Cast, conversation: str
) -> None:
    script = stage.script(Text("Hel"), PermanentError("The model has had enough."))
    stored = received(stage, cast, conversation, script)
    assert (stored.status, stored.content) == ("failed", "Hel")
    assert stored.error == "The model has had enough."


def test_an_unexpected_failure_is_logged_and_told_nobody(
    stage: Stage, cast: Cast, conversation: str, caplog: pytest.LogCaptureFixture
) -> None:
    script = stage.script(Text("Hel"), RuntimeError("password=hunter2"))
    stored = received(stage, cast, conversation, script)
    assert (stored.status, stored.content, stored.error) == ("failed", "Hel", UNEXPECTED)
    assert "hunter2" in caplog.text


def test_a_model_that_can_not_be_asked_fails_the_answer(
    stage: Stage, cast: Cast, conversation: str
) -> None:
    reply = stage.ask(conversation, cast.olive)

    def refuse(*_: object) -> None:
        raise PermanentError("There is no such model.")

    stage.script().stream = refuse
    answering.begin(reply)
    stored = stage.records.message(reply)
    assert (stored.status, stored.error) == ("failed", "There is no such model.")


def test_an_answer_has_a_length(stage: Stage, cast: Cast, conversation: str) -> None:
    half: list[Event] = [Text("x" * (ANSWER_LENGTH // 2))] * 3
    stored = received(stage, cast, conversation, stage.script(*half))
    assert (stored.status, stored.error) == ("failed", TOO_LONG)
    assert len(stored.content) == ANSWER_LENGTH


def test_what_was_stopped_before_it_began_is_not_begun(
    stage: Stage, cast: Cast, conversation: str
) -> None:
    script = stage.script(Text("Hello"))
    reply = stage.ask(conversation, cast.olive)
    assert stage.reader(cast.max).ask("stop", {"id": reply})["ok"]
    answering.begin(reply)
    assert script.heard == []
    assert stage.records.message(reply).status == "stopped"


def test_a_stop_in_the_middle_ends_the_listening(
    stage: Stage, cast: Cast, conversation: str
) -> None:
    script = stage.script(Text("a"), Text("b"), Text("c"))
    reply = stage.ask(conversation, cast.olive)
    max = stage.reader(cast.max, conversation)
    flush = stage.runtime.beat.flush

    def stop_after_the_first() -> None:
        flush()
        if "chunk" in max.names():
            assert max.ask("stop", {"id": reply})["ok"]

    stage.runtime.beat.ring = stop_after_the_first
    answering.begin(reply)

    assert script.streams[0].left == [Text("c")]
    stored = stage.records.message(reply)
    assert (stored.status, stored.content) == ("stopped", "a")


def test_a_model_that_never_pauses_lets_others_go_on(
    stage: Stage, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(answering, "SLICE_SECONDS", -1)
    monkeypatch.setattr(answering.socketio, "sleep", slept.append)
    received(stage, cast, conversation, stage.script(Text("a"), Text("b")))
    assert slept == [0, 0]
