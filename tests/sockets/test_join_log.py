"""Each join is counted by its kind, and logged with what it was for and what was sent."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from app import counts
from app.logs import context
from tests.support.cast import Cast
from tests.support.harness import Harness
from tests.support.log_lines import logged


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """What is logged, with what it is about."""
    caplog.set_level(logging.INFO, "app")
    caplog.handler.addFilter(_with_context)
    yield caplog
    caplog.handler.removeFilter(_with_context)


def _with_context(record: logging.LogRecord) -> bool:
    record.about = context.current()
    return True


def fields(lines: pytest.LogCaptureFixture) -> dict[str, object]:
    """Return what the last join was logged with."""
    return logged(lines, "join")[-1]


def test_joins_are_told_apart(
    harness: Harness, cast: Cast, conversation: str, lines: pytest.LogCaptureFixture
) -> None:
    before = dict(counts.JOINS.values)
    answer = harness.begin(conversation, cast.olive)
    harness.say(answer, "Tides")
    harness.say(answer, " come.")
    max = harness.reader(cast.max)
    max.ask("join", {"conversation": conversation, "after": 0})
    first = fields(lines)
    assert (first["kind"], first["held"], first["messages"], first["entries"]) == ("first", 0, 2, 2)
    max.ask("join", {"conversation": conversation, "after": 2, "have": {answer.public_id: 1}})
    gap = fields(lines)
    assert (gap["kind"], gap["after"], gap["held"], gap["entries"]) == ("gap", 2, 1, 1)
    other = harness.reader(cast.max)
    other.ask("join", {"conversation": conversation, "after": 2, "have": {answer.public_id: 1}})
    assert fields(lines)["kind"] == "resumed"
    grown = {kind: value - before[kind] for kind, value in counts.JOINS.values.items()}
    assert grown == {"first": 1, "gap": 1, "resumed": 1, "stranger": 0}
    about = lines.records[-1].about  # type: ignore[attr-defined]
    assert about["event"] == "join" and about["conversation"] == conversation
    assert about["user"] == harness.user(cast.max)
