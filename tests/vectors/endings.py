"""How answers end, and which events may come between the end and a reader."""

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
)

ERROR = "The model did not finish its answer."
NOTE = "The answer was cut off: the model reached its length limit."


def scenarios() -> Iterator[Scenario]:
    """Yield all of them."""
    scenario = mid_answer("an end with the last text", "It appends text, and ends the answer.")
    yield scenario.event("streaming_end", end("a2", 2, content="p!", thinking=" Ah."))
    scenario = mid_answer("an end without text", "It is an entry like any other.")
    yield scenario.event("streaming_end", end("a2", 2))
    for status in ("stopped", "interrupted"):
        scenario = mid_answer(f"an answer that is {status}", "Its text stays.")
        yield scenario.event("streaming_end", end("a2", 2, status))
    scenario = mid_answer("an answer that fails", "Its text stays; `error` says what happened.")
    yield scenario.event("streaming_end", end("a2", 2, "failed", error=ERROR))
    yield from cut_short()
    yield from without_text()
    yield from lost()
    yield from late()


def cut_short() -> Iterator[Scenario]:
    """Yield scenarios of answers that are complete, but not all that was meant."""
    about = "It is complete; `note` says what it is not."
    scenario = mid_answer("an answer that is cut short", about)
    yield scenario.event("streaming_end", end("a2", 2, content="p", note=NOTE))
    scenario = mid_answer("a lost end with a note", "The state contains the note, too.")
    noted = progress("a2", 0, 3, "complete", content="Help", thinking="Hm.", note=NOTE)
    yield scenario.event("current_state", noted).joined(2)
    about = "It arrives in one event, with its note; the answer before it has none."
    scenario = mid_answer("a missed message with a note", about)
    scenario.event("streaming_end", end("a2", 2)).event("message", question(3))
    yield scenario.event("message", ended_answer(4, "All", note=NOTE)).joined(4)


def without_text() -> Iterator[Scenario]:
    """Yield scenarios of answers that end before their first text."""
    for status in ("stopped", "failed", "complete"):
        scenario = Scenario(f"{status} before the first text", "An answer may end without text.")
        scenario.event("message", question(1)).event("message", answer(2)).joined(2)
        error = {"error": ERROR} if status == "failed" else {}
        yield scenario.event("streaming_end", end("a2", 0, status, **error))


def lost() -> Iterator[Scenario]:
    """Yield scenarios of ends that were lost."""
    about = "After a timeout the reader joins; the state contains the whole text and the end."
    scenario = mid_answer("a lost end", about)
    whole = progress("a2", 0, 3, "complete", content="Help!", thinking="Hm.")
    yield scenario.event("current_state", whole).joined(2)
    scenario = mid_answer("a lost failure", "The state contains the error, too.")
    failed = progress("a2", 0, 3, "failed", content="Hel", thinking="Hm.", error=ERROR)
    yield scenario.event("current_state", failed).joined(2)
    about = "The reader was away for the end and for a second question."
    scenario = mid_answer("ended and asked again meanwhile", about)
    scenario.event("message", question(3)).event("message", answer(4))
    scenario.event("current_state", whole)
    yield scenario.event("current_state", progress("a4", 0, 2, content="Then")).joined(4)
    scenario = mid_answer("ended twice meanwhile", "A second answer has begun and ended as well.")
    scenario.event("message", question(3)).event("message", ended_answer(4, "Then that."))
    stopped = progress("a2", 0, 3, "stopped", content="Hel", thinking="Hm.")
    yield scenario.event("current_state", stopped).joined(4)


def late() -> Iterator[Scenario]:
    """Yield scenarios of events after the end."""
    ended = end("a2", 2, content="p!")
    scenario = mid_answer("a repeated end", "The second one changes nothing.")
    yield scenario.event("streaming_end", ended).event("streaming_end", ended)
    about = "It arrives late; the reader already holds its text."
    scenario = mid_answer("a chunk after the end", about)
    whole = progress("a2", 0, 5, "complete", content="Help!", thinking="Hm.")
    scenario.event("current_state", whole)
    yield scenario.event("chunk", progress("a2", 2, 3, content="p"))
    scenario = mid_answer("a state after the end", "The end arrived before a join's state.")
    scenario.event("streaming_end", ended)
    yield scenario.event("current_state", progress("a2", 0, 2, content="Hel", thinking="Hm."))
