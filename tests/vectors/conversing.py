"""A conversation as a whole: positions, revisions, and joining."""

from __future__ import annotations

from collections.abc import Iterator

from tests.vectors.tale import (
    Tale,
    answer,
    begun,
    description,
    end,
    progress,
    question,
    removed,
    whole,
)


def tales() -> Iterator[Tale]:
    """Yield them."""
    yield from joining()
    yield from positions()
    yield from removals()
    yield from unknown_removals()
    yield from beginning_anew()


def joining() -> Iterator[Tale]:
    """Yield tales of first joins."""
    tale = Tale("an empty conversation", "Nothing is there, and then something is.")
    yield tale.joined(0).tell("message", question(1))
    tale = Tale("the last page", "It begins somewhere; the acknowledgement says where it ends.")
    for position in (50, 52, 53):  # 51 was removed once
        tale.tell("message", question(position, revision=7))
    yield tale.joined(53, 7).tell("message", question(54, revision=7))
    about = "An event overtakes the acknowledgement, and is counted as soon as that is there."
    tale = Tale("an event before the acknowledgement", about)
    tale.tell("message", question(1)).tell("message", question(2))
    yield tale.joined(1).tell("message", question(3))
    tale = Tale("a chunk before the message", "On a first join, a live event overtakes the state.")
    tale.tell("chunk", progress("a2", 3, 4, content="lo")).tell("message", question(1))
    tale.tell("message", answer(2)).tell("current_state", progress("a2", 0, 3, content="Hel"))
    yield tale.joined(2).tell("current_state", progress("a2", 3, 4, content="lo")).joined(2)

    about = "A message came first, its removal was lost: all is as old as the oldest."
    tale = Tale("a lost removal before the acknowledgement", about)
    tale.tell("message", answer(2)).tell("message", question(1, revision=1)).joined(2, 1)
    tale.joined(2, 1, reload=True).tell("message", question(1, revision=1))
    yield tale.joined(2, 1)


def positions() -> Iterator[Tale]:
    """Yield tales of missed messages."""
    tale = begun("a missed message", "The one after it tells; the next join asks for both.")
    yield tale.tell("message", question(4)).tell("message", question(3)).joined(4)
    tale = begun("two missed messages", "They may come in any order.")
    tale.tell("message", question(5)).tell("message", question(3))
    yield tale.tell("message", question(4))
    tale = begun("a title that tells of a message", "The conversation is further than the reader.")
    yield tale.tell("conversation", description(3, title="Tides")).tell("message", question(3))
    tale = begun("a title in step", "Nothing was missed.")
    yield tale.tell("conversation", description(2, title="Tides"))
    about = "It says a later position than all that came: a message was lost on the way."
    yield begun("an acknowledgement that tells of a message", about).joined(3)
    tale = begun("a missed message that has ended", "It comes whole, whatever it was.")
    tale.tell("streaming_end", end("a2", 2)).tell("message", question(3))
    yield tale.tell("message", whole(4, "All of it.")).joined(4)


def removals() -> Iterator[Tale]:
    """Yield tales of messages that go."""
    tale = begun("a removal", "The message goes, and the revision follows.")
    yield tale.tell("removed", removed("a2", revision=1))
    tale = begun("a retry", "One answer goes, another comes.")
    tale.tell("streaming_end", end("a2", 2)).tell("removed", removed("a2", revision=1))
    tale.tell("message", answer(3, revision=1))
    yield tale.tell("chunk", progress("a3", 0, 1, content="Or"))
    tale = begun("what comes after a removal", "Whatever is said of it later is ignored.")
    tale.tell("removed", removed("a2", revision=1))
    tale.tell("chunk", progress("a2", 2, 3, content="lo")).tell("streaming_end", end("a2", 3))
    tale.tell("message", answer(2))
    yield tale.tell("current_state", progress("a2", 0, 9, content="Hello"))
    tale = begun("a repeated removal", "What comes twice is taken once.")
    yield tale.tell("removed", removed("a2", revision=1)).tell("removed", removed("a2", revision=1))
    tale = begun("a removal of several", "One revision, however many messages.")
    yield tale.tell("removed", removed("q1", "a2", revision=1))
    tale = begun("a removal of what is gone already", "It was known; the revision follows.")
    tale.tell("removed", removed("a2", revision=1))
    yield tale.tell("removed", removed("a2", "q1", revision=2))
    about = "Before the first acknowledgement the reader has no revision that could grow."
    tale = Tale("a removal before the acknowledgement", about)
    tale.tell("message", question(1)).tell("message", answer(2))
    yield tale.tell("removed", removed("a2", revision=1)).joined(2, 0)


def unknown_removals() -> Iterator[Tale]:
    """Yield tales of removals that tell of something missed."""
    tale = begun("a removal of what was never seen", "Its message was missed: something is lost.")
    yield tale.tell("removed", removed("a9", revision=1))
    tale = begun("a removal of known and unknown", "The known one goes all the same.")
    yield tale.tell("removed", removed("a2", "a9", revision=1))
    tale = begun("a missed removal", "The revision is two further.")
    yield tale.tell("removed", removed("a2", revision=2))
    tale = begun("a message of a later revision", "A removal was missed.")
    yield tale.tell("message", question(3, revision=1))
    tale = begun("a removal before its message", "It overtook; the message is not shown any more.")
    tale.tell("removed", removed("a3", revision=1))
    yield tale.tell("message", answer(3, revision=0))
    about = "A join is told that what the reader believes to stream is gone."
    tale = begun("a removal on a join", about)
    yield tale.tell("removed", removed("a2", revision=1)).joined(2, 1)


def beginning_anew() -> Iterator[Tale]:
    """Yield tales of readers that have to begin again."""
    tale = begun("a reload", "Too much is missing: forget all, and ask for the last page.")
    tale.joined(80, 5, reload=True)
    tale.tell("message", question(79, revision=5)).tell("message", whole(80, "Yes.", revision=5))
    yield tale.joined(80, 5)
    tale = begun("a reload after a missed removal", "As a rule, a message was retried.")
    tale.tell("message", answer(3, revision=1)).joined(3, 1, reload=True)
    tale.tell("message", question(1, revision=1)).tell("message", answer(3, revision=1))
    yield tale.tell("current_state", progress("a3", 0, 1, content="Or")).joined(3, 1)
    tale = begun("who may read has changed", "Join again; what is held is good.")
    tale.tell("rejoin", {"conversation": "c"})
    yield tale.tell("current_state", progress("a2", 2, 3, content="lo")).joined(2)
