"""The rule, branch by branch."""

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


def scenarios() -> Iterator[Scenario]:
    """Yield all of them."""
    yield from unknown()
    yield from known()
    yield from gaps()
    yield from heads()
    yield from replacements()
    yield from in_step()


def unknown() -> Iterator[Scenario]:
    """Yield scenarios of messages that the reader does not know."""
    later = progress("a4", 3, 4, content="lo")
    about = "The message was missed: join again."
    yield mid_answer("an unknown message by a chunk", about).event("chunk", later)
    first = progress("a4", 0, 1, content="Hel")
    about = "Even its first chunk is not enough: it does not contain the position."
    yield mid_answer("an unknown message by its first chunk", about).event("chunk", first)
    about = "The message was missed from beginning to end."
    yield mid_answer("an unknown message by its end", about).event("streaming_end", end("a4", 3))
    about = "It continues a text that the reader does not hold."
    yield mid_answer("an unknown message by a later state", about).event("current_state", later)
    about = "The state begins the message; the `message` event adds its position."
    scenario = mid_answer("a state before its message", about)
    scenario.event("current_state", progress("a3", 0, 4, content="Good", thinking="Well."))
    scenario.event("message", answer(3))
    yield scenario.event("chunk", progress("a3", 4, 5, content=" day"))
    about = "The answer has ended before its `message` event arrives."
    scenario = mid_answer("an end before its message", about)
    scenario.event("current_state", progress("a3", 0, 5, "complete", content="Bye."))
    yield scenario.event("message", answer(3))


def known() -> Iterator[Scenario]:
    """Yield scenarios of events whose text the reader already holds."""
    repeated = progress("a2", 2, 3, content="lo")
    scenario = mid_answer("a repeated chunk", "The second one changes nothing.")
    yield scenario.event("chunk", repeated).event("chunk", repeated)
    scenario = mid_answer("a stale chunk", "Its `seq` is lower than the reader's.")
    yield scenario.event("chunk", progress("a2", 0, 1, content="H"))
    about = "Its `seq` equals the reader's: rule 2 applies before rule 3."
    scenario = mid_answer("a stale state", about)
    stale = progress("a2", 0, 2, content="Other", thinking="Other.")
    yield scenario.event("current_state", stale)
    scenario = mid_answer("an older state", "A chunk arrived before a join's state.")
    scenario.event("chunk", progress("a2", 2, 3, content="lo"))
    yield scenario.event("current_state", progress("a2", 0, 1, content="H"))
    scenario = mid_answer("a repeated message", "The message has more text by now.")
    scenario.event("message", answer(2))
    yield scenario.event("message", question(1, "Another text."))


def gaps() -> Iterator[Scenario]:
    """Yield scenarios of text that the reader has missed."""
    scenario = mid_answer("a gap", "An entry was lost: nothing changes.")
    yield scenario.event("chunk", progress("a2", 3, 4, content="o"))
    about = "It begins before the reader's `seq`, but not at 0."
    scenario = mid_answer("an overlap", about)
    yield scenario.event("chunk", progress("a2", 1, 4, content="ello"))
    scenario = mid_answer("a gap before the end", "The end does not continue the text.")
    yield scenario.event("streaming_end", end("a2", 4, content="!"))
    about = "The state of the next join continues the text that the reader holds."
    scenario = mid_answer("a gap that is filled", about)
    scenario.event("chunk", progress("a2", 3, 4, content=" wor")).joining()
    scenario.event("current_state", progress("a2", 2, 4, content="lo, wor")).joined(2)
    yield scenario.event("chunk", progress("a2", 4, 5, content="ld"))
    about = "Until the join is answered, the next chunks do not continue the text either."
    scenario = mid_answer("chunks after a gap", about)
    scenario.event("chunk", progress("a2", 3, 4, content="o")).joining()
    scenario.event("chunk", progress("a2", 4, 5))
    yield scenario.event("current_state", progress("a2", 2, 5, content="lo")).joined(2)


def heads() -> Iterator[Scenario]:
    """Yield scenarios of chunks without text that name what there is: events may have been lost."""
    here = {"position": 2, "revision": 0}
    scenario = mid_answer("a head that the reader has reached", "The reader lacks nothing.")
    yield scenario.event("chunk", progress("a2", 2, 2, **here))
    scenario = mid_answer("a head with later text", "Entries were lost: join again.")
    yield scenario.event("chunk", progress("a2", 4, 4, **here))
    scenario = mid_answer("a head with a later message", "A message was lost: join again.")
    yield scenario.event("chunk", progress("a2", 2, 2, position=3, revision=0))
    scenario = mid_answer("a head with a later revision", "A removal was lost: join again.")
    yield scenario.event("chunk", progress("a2", 2, 2, position=2, revision=1))
    scenario = mid_answer("a head of an unknown message", "Its `message` was lost: join again.")
    yield scenario.event("chunk", progress("a4", 0, 0, position=4, revision=0))


def replacements() -> Iterator[Scenario]:
    """Yield scenarios of texts from the beginning."""
    scenario = mid_answer("a state from the beginning", "It replaces content and thinking.")
    whole = progress("a2", 0, 5, content="Hello", thinking="Hm. So.")
    yield scenario.event("current_state", whole)
    about = "An absent text is empty: the thinking is dropped."
    scenario = mid_answer("a state without thinking", about)
    yield scenario.event("current_state", progress("a2", 0, 5, content="Hello"))
    about = "It replaces the text, like any event with `since` 0."
    scenario = mid_answer("a chunk from the beginning", about)
    yield scenario.event("chunk", progress("a2", 0, 3, content="Hello", thinking="Hm."))
    scenario = mid_answer("a message from the beginning", "The answer has ended meanwhile.")
    yield scenario.event("message", ended_answer(2, "Hello.", 5, thinking="Hm. So."))
    scenario = Scenario("a first chunk", "From 0 to 1 it both replaces and appends.")
    scenario.event("message", question(1)).event("message", answer(2)).joined(2)
    yield scenario.event("chunk", progress("a2", 0, 1, content="Hel"))


def in_step() -> Iterator[Scenario]:
    """Yield scenarios in which nothing is missed."""
    scenario = Scenario("an answer from its beginning", "Thinking, content, end.")
    scenario.joined(0).event("message", question(1)).event("message", answer(2))
    scenario.event("chunk", progress("a2", 0, 1, thinking="Well, "))
    scenario.event("chunk", progress("a2", 1, 2, thinking="then.", content="Once"))
    scenario.event("chunk", progress("a2", 2, 3, content=" upon"))
    yield scenario.event("streaming_end", end("a2", 3, content=" a time."))
    scenario = mid_answer("many entries at once", "One event may contain many entries.")
    yield scenario.event("chunk", progress("a2", 2, 40, content="lo", thinking=" So."))
    scenario = mid_answer("a chunk without text", "Only `seq` changes.")
    scenario.event("chunk", progress("a2", 2, 3))
    yield scenario.event("chunk", progress("a2", 3, 4, content="p"))
    about = "Its `since` and `seq` equal the reader's `seq`: nothing changes."
    scenario = mid_answer("a state in step", about)
    yield scenario.event("current_state", progress("a2", 2, 2)).joined(2)
    scenario = mid_answer("two alternating messages", "Each has a `seq` of its own.")
    scenario.event("streaming_end", end("a2", 2)).event("message", question(3))
    scenario.event("message", answer(4)).event("chunk", progress("a4", 0, 1, content="So"))
    scenario.event("chunk", progress("a2", 1, 2, content="l"))
    yield scenario.event("chunk", progress("a4", 1, 2, content=" be it"))
    about = "Who comes, types, reads and reacts says nothing about messages, also with their ids."
    scenario = mid_answer("events about people", about)
    here = {"sender": "s-max", "following": True, "typing": True}
    scenario.event("present", {"conversation": "c", "people": [here]})
    scenario.event("seen", {"conversation": "c", "people": [{"sender": "s-max", "read": 9}]})
    thumbs = {"reacted": 1, "reactions": [{"emoji": "👍", "people": ["s-max"]}]}
    scenario.event("reactions", {"conversation": "c", "id": "a2", **thumbs})
    scenario.event("reactions", {"conversation": "c", "id": "a9", **thumbs})
    yield scenario.event("chunk", progress("a2", 2, 3, content="lo"))
    scenario = mid_answer("unknown events and keys", "Unknown events and unknown keys are ignored.")
    scenario.event("applause", {"conversation": "c", "from": "Max"})
    yield scenario.event("chunk", progress("a2", 2, 3, content="lo", colour="blue"))
