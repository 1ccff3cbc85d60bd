"""The task that receives an answer: the answer ends, however its stream ends."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

import pytest

from app.extensions import db
from app.models import Message, Status
from app.models.ending import Ending
from app.providers import Event, Note, Text, Thinking, Turn, Usage
from app.providers.base import PermanentError
from app.replies import generation
from app.replies.generation import UNEXPECTED, Generation
from app.replies.in_flight import ANSWER_LENGTH, TOO_LONG
from app.replies.stopping import end_now
from tests.support.cast import Cast
from tests.support.database import Stored
from tests.support.harness import Harness
from tests.support.scripted_models import ScriptedModels, ScriptedStream

pytestmark = pytest.mark.usefixtures("commits_at_once")


def received(harness: Harness, cast: Cast, conversation: str, script: ScriptedModels) -> Stored:
    """Generate an answer; return it as it is stored."""
    reply = harness.ask(conversation, cast.olive)
    harness.later.clear()
    generation.generate(harness.message_key(reply))
    assert script.streams[-1].closed, "the stream must be closed, whatever happens"
    return harness.database.message(reply)


def test_the_models_events_are_stored_as_the_answer(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    script = harness.script(Thinking("Hm."), Text("Hel"), Text("lo"), Usage(3, 2))
    stored = received(harness, cast, conversation, script)
    assert (stored.status, stored.content, stored.thinking) == ("complete", "Hello", "Hm.")
    key = harness.message_key(stored.id)
    row = db.session.get_one(Message, key)
    assert (row.input_tokens, row.output_tokens) == (3, 2)


def test_the_rendered_html_is_stored(harness: Harness, cast: Cast, conversation: str) -> None:
    stored = received(harness, cast, conversation, harness.script(Text("*Hello*")))
    row = db.session.get_one(Message, harness.message_key(stored.id))
    assert row.content_html == '<p dir="auto"><em>Hello</em></p>\n'


def test_an_answer_without_text_is_complete(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    stored = received(harness, cast, conversation, harness.script())
    assert (stored.status, stored.content, stored.seq) == ("complete", "", 1)


def test_a_model_error_keeps_the_text_and_its_sentence(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    script = harness.script(Text("Hel"), PermanentError("The model has had enough."))
    stored = received(harness, cast, conversation, script)
    assert (stored.status, stored.content) == ("failed", "Hel")
    assert stored.error == "The model has had enough."


def test_an_unexpected_failure_is_logged_and_not_revealed(
    harness: Harness, cast: Cast, conversation: str, caplog: pytest.LogCaptureFixture
) -> None:
    script = harness.script(Text("Hel"), RuntimeError("password=hunter2"))
    stored = received(harness, cast, conversation, script)
    assert (stored.status, stored.content, stored.error) == ("failed", "Hel", UNEXPECTED)
    assert "hunter2" in caplog.text


def test_an_unknown_model_fails_the_answer(harness: Harness, cast: Cast, conversation: str) -> None:
    reply = harness.ask(conversation, cast.olive)

    def refuse(*_: object) -> None:
        raise PermanentError("There is no such model.")

    harness.script().stream = refuse
    generation.generate(harness.message_key(reply))
    stored = harness.database.message(reply)
    assert (stored.status, stored.error) == ("failed", "There is no such model.")


def test_an_answer_longer_than_the_limit_is_cut_and_fails(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    half: list[Event] = [Text("x" * (ANSWER_LENGTH // 2))] * 3
    stored = received(harness, cast, conversation, harness.script(*half))
    assert (stored.status, stored.error) == ("failed", TOO_LONG)
    assert len(stored.content) == ANSWER_LENGTH


def test_an_answer_stopped_before_its_start_is_not_requested(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    script = harness.script(Text("Hello"))
    reply = harness.ask(conversation, cast.olive)
    assert harness.reader(cast.max).ask("stop", {"id": reply})["ok"]
    generation.generate(harness.message_key(reply))
    assert script.heard == []
    assert harness.database.message(reply).status == "stopped"


def test_a_stop_during_the_stream_ends_reading_it(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    script = harness.script(Text("a"), Text("b"), Text("c"))
    reply = harness.ask(conversation, cast.olive)
    max = harness.reader(cast.max, conversation)
    flush = harness.runtime.group_commit.flush

    def stop_after_the_first() -> None:
        flush()
        if "chunk" in max.names():
            assert max.ask("stop", {"id": reply})["ok"]

    harness.runtime.group_commit.wake = stop_after_the_first
    generation.generate(harness.message_key(reply))

    assert script.streams[0].left == [Text("c")]
    stored = harness.database.message(reply)
    assert (stored.status, stored.content) == ("stopped", "a")


def test_reading_a_fast_model_yields_to_other_greenlets(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(generation, "SLICE_SECONDS", -1)
    monkeypatch.setattr(generation, "socketio", SimpleNamespace(sleep=slept.append))
    received(harness, cast, conversation, harness.script(Text("a"), Text("b")))
    assert slept == [0, 0]


def test_a_note_is_stored_and_sent_with_the_end(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    max = harness.reader(cast.max, conversation)
    answer = harness.begin(conversation, cast.olive)
    for event in (Text("Half"), Note("It was cut off.")):
        generation.add_event(answer, event)
    answer.end(Status.COMPLETE)
    harness.flush()

    (name, end) = max.received()[-1]
    assert (name, end["note"], end["status"]) == ("streaming_end", "It was cut off.", "complete")
    late = harness.reader(cast.olive)
    late.join(conversation, after=0)
    assert late.received()[-1][1]["note"] == "It was cut off."


@pytest.mark.parametrize("by", ["a stop", "the shutdown"])
def test_an_answer_that_ended_before_its_stream_opened_reads_nothing(
    harness: Harness, cast: Cast, conversation: str, by: str
) -> None:
    script = harness.script(Text("never read"))
    answer = harness.begin(conversation, cast.olive)
    open_stream = script.stream

    def end_first(name: str, turns: Sequence[Turn], *_: object) -> ScriptedStream:
        if by == "a stop":
            assert end_now(Ending(answer.message_id, Status.STOPPED))
        else:
            answer.end(Status.INTERRUPTED)
            answer.cancel()
        return open_stream(name, turns)

    script.stream = end_first  # type: ignore[method-assign]
    generation._run(Generation(answer, "demo"))

    assert script.streams[0].left == [Text("never read")]
    assert script.streams[0].closed
