"""The rule, branch by branch."""

from __future__ import annotations

from collections.abc import Iterator

from tests.vectors.tale import Tale, answer, begun, end, progress, question, whole


def tales() -> Iterator[Tale]:
    """Yield them."""
    yield from unknown()
    yield from known()
    yield from gaps()
    yield from replacements()
    yield from in_step()


def unknown() -> Iterator[Tale]:
    """Yield tales of messages that the reader does not know."""
    news = progress("a4", 3, 4, content="lo")
    yield begun("an unknown message by a chunk", "It was missed: join again.").tell("chunk", news)
    first = progress("a4", 0, 1, content="Hel")
    about = "Even from its beginning: a chunk does not say where the message stands."
    yield begun("an unknown message by its first chunk", about).tell("chunk", first)
    about = "It was missed as a whole, its end included."
    yield begun("an unknown message by its end", about).tell("streaming_end", end("a4", 3))
    about = "It continues what the reader does not hold."
    yield begun("an unknown message by a later state", about).tell("current_state", news)
    tale = begun("a state before its message", "The state begins it; the message places it.")
    tale.tell("current_state", progress("a3", 0, 4, content="Good", thinking="Well."))
    yield tale.tell("message", answer(3)).tell("chunk", progress("a3", 4, 5, content=" day"))
    tale = begun("an end before its message", "It has ended by the time it is announced.")
    tale.tell("current_state", progress("a3", 0, 5, "complete", content="Bye."))
    yield tale.tell("message", answer(3))


def known() -> Iterator[Tale]:
    """Yield tales of what the reader has already."""
    repeated = progress("a2", 2, 3, content="lo")
    tale = begun("a repeated chunk", "What comes twice is taken once.")
    yield tale.tell("chunk", repeated).tell("chunk", repeated)
    tale = begun("a stale chunk", "It ends before what the reader holds.")
    yield tale.tell("chunk", progress("a2", 0, 1, content="H"))
    about = "It ends where the reader stands: rule 2 comes before rule 3."
    tale = begun("a stale state", about)
    yield tale.tell("current_state", progress("a2", 0, 2, content="Other", thinking="Other."))
    tale = begun("an older state", "A join's answer was overtaken by what happened since.")
    tale.tell("chunk", progress("a2", 2, 3, content="lo"))
    yield tale.tell("current_state", progress("a2", 0, 1, content="H"))
    tale = begun("a repeated message", "The announcement of what has text by now.")
    yield tale.tell("message", answer(2)).tell("message", question(1, "Another text."))


def gaps() -> Iterator[Tale]:
    """Yield tales of what the reader has missed."""
    tale = begun("a gap", "An entry was lost: nothing is changed.")
    yield tale.tell("chunk", progress("a2", 3, 4, content="o"))
    about = "It starts before where the reader stands, and not at the beginning."
    tale = begun("an overlap", about)
    yield tale.tell("chunk", progress("a2", 1, 4, content="ello"))
    tale = begun("a gap before the end", "The end does not fit.")
    yield tale.tell("streaming_end", end("a2", 4, content="!"))
    tale = begun("a gap that is healed", "The state of the next join leads on from what is held.")
    tale.tell("chunk", progress("a2", 3, 4, content=" wor"))
    tale.tell("current_state", progress("a2", 2, 4, content="lo, wor")).joined(2)
    yield tale.tell("chunk", progress("a2", 4, 5, content="ld"))
    about = "While the reader waits for its join, the next chunks don't fit either."
    tale = begun("chunks after a gap", about)
    tale.tell("chunk", progress("a2", 3, 4, content="o")).tell("chunk", progress("a2", 4, 5))
    yield tale.tell("current_state", progress("a2", 2, 5, content="lo")).joined(2)


def replacements() -> Iterator[Tale]:
    """Yield tales of texts from the beginning."""
    tale = begun("a state from the beginning", "It replaces both texts.")
    yield tale.tell("current_state", progress("a2", 0, 5, content="Hello", thinking="Hm. So."))
    tale = begun("a state without thinking", "What is absent is empty: the thinking goes.")
    yield tale.tell("current_state", progress("a2", 0, 5, content="Hello"))
    tale = begun("a chunk from the beginning", "It replaces like any event with `since` 0.")
    yield tale.tell("chunk", progress("a2", 0, 3, content="Hello", thinking="Hm."))
    tale = begun("a message from the beginning", "The announcement of one that has ended.")
    yield tale.tell("message", whole(2, "Hello.", 5, thinking="Hm. So."))
    tale = Tale("a first chunk", "From 0 to 1 it both replaces and appends.")
    tale.tell("message", question(1)).tell("message", answer(2)).joined(2)
    yield tale.tell("chunk", progress("a2", 0, 1, content="Hel"))


def in_step() -> Iterator[Tale]:
    """Yield tales in which nothing is amiss."""
    tale = Tale("an answer from its beginning", "Thinking, text, end.")
    tale.joined(0).tell("message", question(1)).tell("message", answer(2))
    tale.tell("chunk", progress("a2", 0, 1, thinking="Well, "))
    tale.tell("chunk", progress("a2", 1, 2, thinking="then.", content="Once"))
    tale.tell("chunk", progress("a2", 2, 3, content=" upon"))
    yield tale.tell("streaming_end", end("a2", 3, content=" a time."))
    tale = begun("many entries at once", "An event may lead over many entries.")
    yield tale.tell("chunk", progress("a2", 2, 40, content="lo", thinking=" So."))
    tale = begun("a chunk without text", "Only the place is another.")
    yield tale.tell("chunk", progress("a2", 2, 3)).tell("chunk", progress("a2", 3, 4, content="p"))
    about = "A state that starts and ends where the reader stands says nothing."
    yield begun("a state in step", about).tell("current_state", progress("a2", 2, 2)).joined(2)
    tale = begun("two messages by turns", "Each has a place of its own.")
    tale.tell("streaming_end", end("a2", 2)).tell("message", question(3))
    tale.tell("message", answer(4)).tell("chunk", progress("a4", 0, 1, content="So"))
    tale.tell("chunk", progress("a2", 1, 2, content="l"))
    yield tale.tell("chunk", progress("a4", 1, 2, content=" be it"))
    tale = begun("what is not known", "Unknown events and unknown keys are ignored.")
    tale.tell("applause", {"conversation": "c", "from": "Max"})
    yield tale.tell("chunk", progress("a2", 2, 3, content="lo", colour="blue"))
