"""How each answer has ended is counted, and logged in one line."""

from __future__ import annotations

import logging

import pytest

from app import counts, replies
from app.providers import Text
from app.providers.base import TransientError
from app.replies import generation
from tests.support.cast import Cast
from tests.support.harness import Harness
from tests.support.log_lines import logged


@pytest.fixture(autouse=True)
def all_lines(caplog: pytest.LogCaptureFixture) -> None:
    """Log what is done, too."""
    caplog.set_level(logging.INFO, "app")


def test_an_answer_is_one_line(
    harness: Harness, cast: Cast, conversation: str, caplog: pytest.LogCaptureFixture
) -> None:
    harness.script(Text("Tides"), Text(" come."))
    reply = harness.ask(conversation, cast.olive)
    task, (key,) = harness.later.pop()
    assert task is generation.generate
    taken = generation.prepare(key)
    assert taken is not None
    generation._run(taken)
    harness.flush()
    (line,) = logged(caplog, "answer")
    assert line.pop("ms") >= line.pop("first_ms") >= 0  # type: ignore[operator]
    assert line == {
        "status": "complete",
        "model": "demo",
        "entries": 1,
        "characters": len("Tides come."),
        "error": None,
        "conversation": conversation,
        "answer": reply,
    }


def test_an_answer_whose_provider_fails_is_counted_by_its_model(
    harness: Harness, cast: Cast, conversation: str, caplog: pytest.LogCaptureFixture
) -> None:
    before = counts.PROVIDER_ERRORS.values.get("demo", 0)
    answer = harness.begin(conversation, cast.olive)
    harness.script(TransientError("The model is busy."))
    generation._run(generation.Generation(answer, "demo"))
    harness.flush()
    (line,) = logged(caplog, "answer")
    assert (line["status"], line["error"], line["first_ms"]) == (
        "failed",
        "The model is busy.",
        None,
    )
    assert counts.PROVIDER_ERRORS.values["demo"] == before + 1


def test_a_stopped_answer_is_no_fault_of_its_provider(
    harness: Harness, cast: Cast, conversation: str, caplog: pytest.LogCaptureFixture
) -> None:
    before = dict(counts.PROVIDER_ERRORS.values)
    answer = harness.begin(conversation, cast.olive)
    replies.stop(answer.message_id, harness.user(cast.max))
    harness.script(TransientError("The model is busy."))
    generation._run(generation.Generation(answer, "demo"))
    assert [line["status"] for line in logged(caplog, "answer")] == ["stopped"]
    assert counts.PROVIDER_ERRORS.values == before


def test_an_answer_that_another_process_has_ended_says_so(
    harness: Harness, cast: Cast, conversation: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = harness.begin(conversation, cast.olive)
    harness.runtime.group_commit.remove(answer.message_id)
    harness.runtime.group_commit.remove(answer.message_id)
    assert [line["status"] for line in logged(caplog, "answer")] == ["elsewhere"]


class Span:
    """What is noted about something."""

    def __init__(self, name: str, parent: Span | None) -> None:
        self.name = name
        self.parent = parent
        self.attributes: dict[str, object] = {}
        self.events: list[tuple[str, dict[str, float]]] = []
        self.is_over = False

    def add_event(self, name: str, attributes: dict[str, float], _at: int) -> None:
        self.events.append((name, attributes))

    def set_attributes(self, attributes: dict[str, object]) -> None:
        self.attributes |= attributes

    def end(self) -> None:
        self.is_over = True


class Tracer:
    """Keeps all spans."""

    def __init__(self) -> None:
        self.spans: dict[str, Span] = {}

    def begin(self, name: str, parent: Span | None, _carrier: object, attributes: object) -> Span:
        self.spans[name] = Span(name, parent)
        return self.spans[name]


def test_a_trace_has_the_first_commits_and_then_ever_fewer(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    tracer = harness.app.extensions["tracer"] = Tracer()
    answer = harness.begin(conversation, cast.olive)
    answer.span = generation._span_of(answer)
    for number in range(1, 11):
        harness.say(answer, f"{number} ")
    harness.script(TransientError("The model is busy."))
    generation._run(generation.Generation(answer, "demo"))
    harness.flush()
    span = tracer.spans["answer"]
    commits = [attributes["seq"] for name, attributes in span.events if name == "commit"]
    assert commits == [1, 2, 4, 8]
    assert [name for name, _ in span.events][-1] == "first token"
    assert span.attributes["error"] == "The model is busy." and span.is_over
    assert span.attributes["status"] == "failed" and span.attributes["entries"] == 11
    assert tracer.spans["model"].parent is span and tracer.spans["model"].is_over
