"""A conversation as a whole: positions, revisions, and joining."""

from __future__ import annotations

from collections.abc import Iterator

from tests.vectors.scenario import (
    Scenario,
    answer,
    description,
    end,
    ended_answer,
    mid_answer,
    progress,
    question,
    removed,
)


def scenarios() -> Iterator[Scenario]:
    """Yield all of them."""
    yield from first_joins()
    yield from missed_messages()
    yield from removals()
    yield from missed_removals()
    yield from reloads()
    yield from several_models()


def first_joins() -> Iterator[Scenario]:
    """Yield scenarios of first joins."""
    scenario = Scenario("an empty conversation", "It is empty, then it gets a message.")
    yield scenario.joined(0).event("message", question(1))
    about = "The page begins at any position; the acknowledgement says where it ends."
    scenario = Scenario("the last page", about)
    for position in (50, 52, 53):  # 51 was removed
        scenario.event("message", question(position, revision=7))
    yield scenario.joined(53, 7).event("message", question(54, revision=7))
    about = "A live message arrives before the acknowledgement, and counts from then on."
    scenario = Scenario("an event before the acknowledgement", about)
    scenario.event("message", question(1)).event("message", question(2))
    yield scenario.joined(1).event("message", question(3))
    about = "On a first join, a live event arrives before the state."
    scenario = Scenario("a chunk before the message", about).joining()
    scenario.event("chunk", progress("a2", 3, 4, content="lo")).event("message", question(1))
    scenario.event("message", answer(2))
    yield scenario.event("current_state", progress("a2", 0, 3, content="Hel")).joined(2)

    about = "The removal of an earlier message was lost: the oldest revision received counts."
    scenario = Scenario("a lost removal before the acknowledgement", about)
    scenario.event("message", answer(2)).event("message", question(1, revision=1)).joined(2, 1)
    scenario.joined(2, 1, reload=True).event("message", question(1, revision=1))
    yield scenario.joined(2, 1)


def missed_messages() -> Iterator[Scenario]:
    """Yield scenarios of missed messages."""
    about = "A later position shows that one is missing; the next join requests both."
    scenario = mid_answer("a missed message", about)
    yield scenario.event("message", question(4)).event("message", question(3)).joined(4)
    scenario = mid_answer("two missed messages", "They may arrive in any order.")
    scenario.event("message", question(5)).event("message", question(3))
    yield scenario.event("message", question(4))
    about = "The conversation's position is greater than the reader's."
    scenario = mid_answer("a title that reveals a missed message", about)
    scenario.event("conversation", description(3, title="Tides"))
    yield scenario.event("message", question(3))
    scenario = mid_answer("a title in step", "Nothing was missed.")
    yield scenario.event("conversation", description(2, title="Tides"))
    about = "Its position is greater than that of all messages received: one was lost."
    yield mid_answer("an acknowledgement that reveals a missed message", about).joined(3)
    about = "It arrives in one event, with all of its text."
    scenario = mid_answer("a missed message that has ended", about)
    scenario.event("streaming_end", end("a2", 2)).event("message", question(3))
    yield scenario.event("message", ended_answer(4, "All of it.")).joined(4)


def removals() -> Iterator[Scenario]:
    """Yield scenarios of removed messages."""
    scenario = mid_answer("a removal", "The message is removed, and the revision advances.")
    yield scenario.event("removed", removed("a2", revision=1))
    scenario = mid_answer("a retry", "An answer is removed, and a new one begins.")
    scenario.event("streaming_end", end("a2", 2)).event("removed", removed("a2", revision=1))
    scenario.event("message", answer(3, revision=1))
    yield scenario.event("chunk", progress("a3", 0, 1, content="Or"))
    scenario = mid_answer("events after a removal", "Later events of the message are ignored.")
    scenario.event("removed", removed("a2", revision=1))
    scenario.event("chunk", progress("a2", 2, 3, content="lo"))
    scenario.event("streaming_end", end("a2", 3)).event("message", answer(2))
    yield scenario.event("current_state", progress("a2", 0, 9, content="Hello"))
    again = removed("a2", revision=1)
    scenario = mid_answer("a repeated removal", "The second one changes nothing.")
    yield scenario.event("removed", again).event("removed", again)
    scenario = mid_answer("a removal of several", "It is one revision for any number of messages.")
    yield scenario.event("removed", removed("q1", "a2", revision=1))
    about = "The reader knew the message, so the revision advances."
    scenario = mid_answer("a removal of a removed message", about)
    scenario.event("removed", removed("a2", revision=1))
    yield scenario.event("removed", removed("a2", "q1", revision=2))
    about = "The reader has no revision before the first acknowledgement."
    scenario = Scenario("a removal before the acknowledgement", about)
    scenario.event("message", question(1)).event("message", answer(2))
    yield scenario.event("removed", removed("a2", revision=1)).joined(2, 0)


def missed_removals() -> Iterator[Scenario]:
    """Yield scenarios of removals that show that the reader has missed something."""
    about = "The reader never received the message: it has missed something."
    scenario = mid_answer("a removal of an unknown message", about)
    yield scenario.event("removed", removed("a9", revision=1))
    about = "It is still unknown at which position the message was: only a reload helps."
    scenario = mid_answer("a repeated removal of an unknown message", about)
    scenario.event("removed", removed("a9", revision=1))
    scenario.event("removed", removed("a9", revision=1))
    yield scenario.event("removed", removed("a2", revision=2)).joined(3, 2, reload=True)
    about = "The known message is removed nevertheless."
    scenario = mid_answer("a removal of known and unknown", about)
    yield scenario.event("removed", removed("a2", "a9", revision=1))
    scenario = mid_answer("a missed removal", "The revision advances by two.")
    yield scenario.event("removed", removed("a2", revision=2))
    scenario = mid_answer("a message of a later revision", "A removal was missed.")
    yield scenario.event("message", question(3, revision=1))
    about = "The removal arrives first; the message is not shown."
    scenario = mid_answer("a removal before its message", about)
    scenario.event("removed", removed("a3", revision=1))
    yield scenario.event("message", answer(3, revision=0))
    about = "A join reports that a message which the reader holds as streaming was removed."
    scenario = mid_answer("a removal on a join", about)
    yield scenario.event("removed", removed("a2", revision=1)).joined(2, 1)


def reloads() -> Iterator[Scenario]:
    """Yield scenarios of readers that have to start again, or to join again."""
    about = "Too much is missing: drop everything, and request the last page."
    scenario = mid_answer("a reload", about)
    scenario.joined(80, 5, reload=True)
    scenario.event("message", question(79, revision=5))
    yield scenario.event("message", ended_answer(80, "Yes.", revision=5)).joined(80, 5)
    about = "The removal was most likely part of a retry."
    scenario = mid_answer("a reload after a missed removal", about)
    scenario.event("message", answer(3, revision=1)).joined(3, 1, reload=True)
    scenario.event("message", question(1, revision=1)).event("message", answer(3, revision=1))
    yield scenario.event("current_state", progress("a3", 0, 1, content="Or")).joined(3, 1)
    about = "Join again, and keep the messages."
    scenario = mid_answer("a change of members", about)
    scenario.event("rejoin", {"conversation": "c"})
    yield scenario.event("current_state", progress("a2", 2, 3, content="lo")).joined(2)


def several_models() -> Iterator[Scenario]:
    """Yield scenarios of messages that ask several models, or none."""
    about = "It asks no model: no answer follows, and nothing is missing."
    scenario = mid_answer("a message to everybody", about)
    scenario.event("message", {**question(3), "asks": [], "mentions": ["Max"]})
    scenario.event("conversation", {**description(3), "asking": "mentions"})
    yield scenario.event("streaming_end", end("a2", 2)).joined(3)
    about = "Its files are known from the beginning; readers that show none ignore them."
    scenario = mid_answer("a message with files", about)
    files = [
        {"id": "f1", "name": "sky.png", "size": 4711, "kind": "picture", "width": 9, "height": 6},
        {"id": "f2", "name": "notes.txt", "size": 11, "kind": "text"},
    ]
    scenario.event("streaming_end", end("a2", 2))
    scenario.event("message", {**question(3), "files": files}).event("message", answer(4))
    yield scenario.event("chunk", progress("a4", 0, 1, content="I see")).joined(4)
    about = "They answer one after the other."
    scenario = Scenario("a question to two models", about).joined(0)
    asked = {"asks": ["demo", "critic"], "mentions": ["demo", "critic"]}
    scenario.event("message", {**question(1), **asked})
    scenario.event("message", answer(2)).event("chunk", progress("a2", 0, 1, content="So"))
    scenario.event("streaming_end", end("a2", 1)).event("message", answer(3))
    yield scenario.event("chunk", progress("a3", 0, 1, content="Or so"))
