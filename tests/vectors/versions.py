"""Versions of messages: to a reader, some are removed and others added."""

from __future__ import annotations

from collections.abc import Iterator

from tests.vectors.scenario import (
    Scenario,
    answer,
    end,
    ended_answer,
    mid_answer,
    progress,
    question,
    removed,
)

SECOND = {"version": 2, "versions": 2}
FIRST = {"version": 1, "versions": 2}


def scenarios() -> Iterator[Scenario]:
    """Yield all of them."""
    about = "A retry adds a version; then the first one is chosen again, and has a new id."
    scenario = mid_answer("an earlier version that is chosen", about)
    scenario.event("streaming_end", end("a2", 2)).event("removed", removed("a2", revision=1))
    scenario.event("message", answer(3, revision=1) | SECOND)
    scenario.event("removed", removed("a3", revision=2))
    yield scenario.event("message", ended_answer(4, "Hel", revision=2, thinking="Hm.") | FIRST)

    about = "The version that is chosen still streams: all its text so far follows in one chunk."
    scenario = mid_answer("a version that streams and is chosen", about)
    scenario.event("removed", removed("a2", revision=1))
    scenario.event("message", answer(3, revision=1) | SECOND)
    scenario.event("removed", removed("a3", revision=2))
    scenario.event("message", answer(4, revision=2) | FIRST)
    scenario.event("chunk", progress("a4", 0, 5, content="Hello", thinking="Hm."))
    yield scenario.event("chunk", progress("a4", 5, 6, content="."))

    about = "The next chunk arrives before the message and the text so far: it is kept."
    scenario = mid_answer("a chosen version whose chunk is early", about)
    scenario.event("removed", removed("a2", revision=1))
    scenario.event("chunk", progress("a3", 5, 6, content=".")).event(
        "message", answer(3, revision=1) | FIRST
    )
    yield scenario.event("chunk", progress("a3", 0, 5, content="Hello"))

    about = "A chunk of a version that is no longer shown arrives late: it is ignored."
    scenario = mid_answer("a late chunk of a version that is not shown", about)
    scenario.event("removed", removed("a2", revision=1))
    scenario.event("message", ended_answer(3, "Or.", revision=1) | SECOND)
    yield scenario.event("chunk", progress("a2", 2, 3, content="lo"))

    about = "A question in the middle is edited, and then the earlier version is chosen again."
    scenario = Scenario("a question in the middle that is edited", about)
    scenario.event("message", question(1)).event("message", ended_answer(2, "One."))
    scenario.event("message", question(3)).event("message", ended_answer(4, "Two.")).joined(4)
    scenario.event("removed", removed("q1", "a2", "q3", "a4", revision=1))
    scenario.event("message", question(5, "Or?", revision=1) | SECOND)
    scenario.event("message", ended_answer(6, "Else.", revision=1))
    scenario.event("removed", removed("q5", "a6", revision=2))
    scenario.event("message", question(7, revision=2) | FIRST)
    scenario.event("message", ended_answer(8, "One.", revision=2))
    scenario.event("message", question(9, revision=2))
    yield scenario.event("message", ended_answer(10, "Two.", revision=2))

    about = "What is shown again comes in the wrong order, and one message of it is lost."
    scenario = Scenario("a chosen version of which a message is lost", about)
    scenario.event("message", question(1)).event("message", ended_answer(2, "One.")).joined(2)
    scenario.event("removed", removed("q1", "a2", revision=1))
    scenario.event("message", ended_answer(4, "Two.", revision=1))
    yield scenario.event("message", question(5, revision=1))
