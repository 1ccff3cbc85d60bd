"""Stats of an answer: thinking time, duration and tokens, as they are sent to readers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.models import Status
from app.models import columns as columns_module
from app.models import stats as stats_module
from app.models.ending import Ending
from app.providers import Text, Thinking, Usage
from app.replies import generation
from app.replies import in_flight as answer_module
from app.replies.stopping import end_now
from tests.support.cast import Cast
from tests.support.harness import Harness
from tests.support.socket import Socket


class Clock:
    """A clock that stands still until `forward` is called."""

    def __init__(self) -> None:
        self.at = columns_module.now()

    def now(self) -> datetime:
        return self.at

    def forward(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(answer_module, "now", clock.now)
    monkeypatch.setattr(stats_module, "now", clock.now)
    monkeypatch.setattr("app.models.ending.now", clock.now)
    return clock


@pytest.fixture
def max(harness: Harness, cast: Cast, conversation: str) -> Socket:
    return harness.reader(cast.max, conversation)


def test_the_first_content_has_the_thinking_time(
    harness: Harness, cast: Cast, conversation: str, clock: Clock, max: Socket
) -> None:
    answer = harness.begin(conversation, cast.olive)
    clock.at = answer.began_at
    max.received()
    pieces = [Thinking("Hm."), Text("Well"), Text(".")]
    for piece in pieces:
        clock.forward(2)
        generation.add_event(answer, piece)
        harness.flush()

    assert [chunk.get("stats") for chunk in chunks(max)] == [None, {"thought_ms": 4000}, None]


def test_a_late_reader_receives_the_thinking_time_so_far(
    harness: Harness, cast: Cast, conversation: str, clock: Clock
) -> None:
    answer = harness.begin(conversation, cast.olive)
    clock.at = answer.began_at + timedelta(seconds=3)
    generation.add_event(answer, Thinking("Hm."))
    harness.flush()
    assert state(harness, cast, conversation)["stats"] == {"thought_ms": 3000}

    generation.add_event(answer, Text("Well."))
    harness.flush()
    clock.forward(5)
    assert state(harness, cast, conversation)["stats"] == {"thought_ms": 3000}


def test_the_end_has_all_stats(
    harness: Harness, cast: Cast, conversation: str, clock: Clock, max: Socket
) -> None:
    answer = harness.begin(conversation, cast.olive)
    clock.at = answer.began_at + timedelta(seconds=1)
    generation.add_event(answer, Text("Well."))
    harness.flush()
    clock.forward(2.5)
    generation.add_event(answer, Usage(12, 34))
    answer.end(Status.COMPLETE)
    harness.flush()

    *_, (name, end) = max.received()
    stats = {"thought_ms": 1000, "duration_ms": 3500, "input_tokens": 12, "output_tokens": 34}
    assert (name, end["stats"]) == ("streaming_end", stats)
    history = max.ask("history", {"conversation": conversation, "before": 99})
    assert [message.get("stats") for message in history["messages"]] == [None, stats]


@pytest.mark.parametrize("thinks", [True, False])
def test_an_answer_without_content_was_thinking_for_its_whole_duration(
    harness: Harness, cast: Cast, conversation: str, clock: Clock, max: Socket, thinks: bool
) -> None:
    answer = harness.begin(conversation, cast.olive)
    clock.at = answer.began_at + timedelta(seconds=1)
    if thinks:
        generation.add_event(answer, Thinking("Hm."))
        harness.flush()
    clock.forward(1)

    assert end_now(Ending(answer.message_id, Status.STOPPED))

    *_, (_, end) = max.received()
    assert end["stats"] == {"thought_ms": 2000, "duration_ms": 2000}


def test_durations_are_never_negative_when_the_clock_is_set_back(
    harness: Harness, cast: Cast, conversation: str, clock: Clock, max: Socket
) -> None:
    answer = harness.begin(conversation, cast.olive)
    clock.at = answer.began_at - timedelta(hours=1)
    generation.add_event(answer, Text("Well."))
    answer.end(Status.COMPLETE)
    harness.flush()

    *_, (_, end) = max.received()
    assert end["stats"] == {"thought_ms": 0, "duration_ms": 0}


def chunks(reader: Socket) -> list[dict[str, Any]]:
    return [data for name, data in reader.received() if name == "chunk"]


def state(harness: Harness, cast: Cast, conversation: str) -> dict[str, Any]:
    reader = harness.reader(cast.olive)
    reader.join(conversation)
    [state] = [data for name, data in reader.received() if name == "current_state"]
    return state
