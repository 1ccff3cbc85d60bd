"""How answers end, and what can come between the end and a reader."""

from __future__ import annotations

from collections.abc import Iterator

from tests.vectors.tale import Tale, answer, begun, end, progress, question, whole

SENTENCE = "The model did not finish its answer."


def tales() -> Iterator[Tale]:
    """Yield them."""
    tale = begun("an end with the last text", "It adds text, and ends.")
    yield tale.tell("streaming_end", end("a2", 2, content="p!", thinking=" Ah."))
    tale = begun("an end without text", "It is an entry like any other.")
    yield tale.tell("streaming_end", end("a2", 2))
    for status in ("stopped", "interrupted"):
        tale = begun(f"an answer that is {status}", "Its text stays.")
        yield tale.tell("streaming_end", end("a2", 2, status))
    tale = begun("an answer that fails", "Its text stays, and a sentence says what happened.")
    yield tale.tell("streaming_end", end("a2", 2, "failed", error=SENTENCE))
    yield from without_text()
    yield from lost()
    yield from late()


def without_text() -> Iterator[Tale]:
    """Yield tales of answers that end before they begin."""
    for status in ("stopped", "failed", "complete"):
        tale = Tale(f"{status} before the first text", "An answer may end with nothing said.")
        tale.tell("message", question(1)).tell("message", answer(2)).joined(2)
        error = {"error": SENTENCE} if status == "failed" else {}
        yield tale.tell("streaming_end", end("a2", 0, status, **error))


def lost() -> Iterator[Tale]:
    """Yield tales of ends that did not come."""
    tale = begun("a lost end", "After a silence the reader joins; the state is whole, and ended.")
    tale.tell("current_state", progress("a2", 0, 3, "complete", content="Help!", thinking="Hm."))
    yield tale.joined(2)
    tale = begun("a lost failure", "The state says the sentence, too.")
    failed = progress("a2", 0, 3, "failed", content="Hel", thinking="Hm.", error=SENTENCE)
    yield tale.tell("current_state", failed).joined(2)
    tale = begun("ended and asked again meanwhile", "Away for the end and a second turn.")
    tale.tell("message", question(3)).tell("message", answer(4))
    tale.tell("current_state", progress("a2", 0, 3, "complete", content="Help!", thinking="Hm."))
    yield tale.tell("current_state", progress("a4", 0, 2, content="Then")).joined(4)
    tale = begun("ended twice meanwhile", "A second answer has come and gone as well.")
    tale.tell("message", question(3)).tell("message", whole(4, "Then that."))
    tale.tell("current_state", progress("a2", 0, 3, "stopped", content="Hel", thinking="Hm."))
    yield tale.joined(4)


def late() -> Iterator[Tale]:
    """Yield tales of what comes after the end."""
    ended = end("a2", 2, content="p!")
    tale = begun("a repeated end", "What comes twice is taken once.")
    yield tale.tell("streaming_end", ended).tell("streaming_end", ended)
    tale = begun("a chunk after the end", "It was overtaken, and is part of what is held.")
    tale.tell("current_state", progress("a2", 0, 5, "complete", content="Help!", thinking="Hm."))
    yield tale.tell("chunk", progress("a2", 2, 3, content="p"))
    tale = begun("a state after the end", "A join's answer was overtaken by the end.")
    tale.tell("streaming_end", ended)
    yield tale.tell("current_state", progress("a2", 0, 2, content="Hel", thinking="Hm."))
