"""Events that come too early: earlier entries of their message are missing."""

from __future__ import annotations

from collections.abc import Iterator

from tests.vectors.oracle import MAX_EARLY_EVENTS
from tests.vectors.scenario import (
    Scenario,
    answer,
    end,
    mid_answer,
    progress,
    question,
    removed,
)

LO, WOR, LD = (
    progress("a2", 2, 3, content="lo, "),
    progress("a2", 3, 4, content="wor"),
    progress("a2", 4, 5, content="ld"),
)


def scenarios() -> Iterator[Scenario]:
    """Yield all of them."""
    yield from before_the_state()
    yield from on_a_first_join()
    yield from overtaken()
    yield from dropped()
    yield too_many()


def before_the_state() -> Iterator[Scenario]:
    """Yield scenarios of chunks that arrive while a join is in flight, before its state."""
    about = "They are kept, and applied after the state: the reader is in step after one join."
    scenario = joining("early chunks", about).event("chunk", WOR).event("chunk", LD)
    scenario.event("current_state", LO).joined(2)
    yield scenario.event("streaming_end", end("a2", 5, content="."))
    about = "The state contains them: they are not applied again."
    scenario = joining("early chunks that the state contains", about)
    scenario.event("chunk", WOR).event("chunk", LD)
    scenario.event("current_state", progress("a2", 2, 5, content="lo, world")).joined(2)
    yield scenario.event("chunk", progress("a2", 5, 6, content="."))
    about = "The state contains the first of them, and the second continues it."
    scenario = joining("early chunks of which the state contains one", about)
    scenario.event("chunk", WOR).event("chunk", LD)
    yield scenario.event("current_state", progress("a2", 2, 4, content="lo, wor")).joined(2)
    scenario = joining("an early end", "It is applied after the chunk that continues the state.")
    scenario.event("chunk", WOR).event("streaming_end", end("a2", 4, "stopped", content="ld"))
    yield scenario.event("current_state", LO).joined(2)
    about = "The chunk is kept; the state is of the whole answer, which has ended."
    scenario = joining("an early chunk of an answer that has ended", about)
    scenario.event("chunk", LD)
    whole = progress("a2", 0, 6, "complete", content="Hello, world.", thinking="Hm.")
    yield scenario.event("current_state", whole).joined(2)


def on_a_first_join() -> Iterator[Scenario]:
    """Yield scenarios of readers that hold nothing yet."""
    about = "The message is unknown until its `message` event, and its text until its state."
    scenario = Scenario("early chunks on a first join", about).joining()
    scenario.event("chunk", LO).event("chunk", WOR).event("message", question(1))
    scenario.event("message", answer(2))
    yield scenario.event("current_state", progress("a2", 0, 2, content="Hel")).joined(2)
    about = "Its first chunk arrives before the `message` event of a new answer."
    scenario = Scenario("an early first chunk", about).joining()
    scenario.event("chunk", progress("a2", 0, 1, content="Hel"))
    yield scenario.event("message", question(1)).event("message", answer(2)).joined(2)
    about = "Both answers have early chunks; each is applied to its own."
    scenario = joining("early chunks of two messages", about)
    scenario.event("streaming_end", end("a2", 4)).event("chunk", progress("a4", 0, 1, content="So"))
    scenario.event("chunk", WOR).event("message", question(3)).event("message", answer(4))
    yield scenario.event("current_state", LO).joined(4)


def overtaken() -> Iterator[Scenario]:
    """Yield scenarios of events in the wrong order."""
    about = "They are applied in the order of their entries, not in that of their arrival."
    scenario = joining("early chunks in the wrong order", about)
    scenario.event("chunk", LD).event("chunk", WOR).event("chunk", WOR)
    yield scenario.event("current_state", LO).joined(2)
    about = "A join is necessary. The missing chunk arrives before it is sent."
    scenario = mid_answer("a chunk that was overtaken", about)
    yield scenario.event("chunk", WOR).event("chunk", LO)
    about = "It begins where the reader was when it sent its join, and replaces what came since."
    scenario = joining("a state that was overtaken", about).event("chunk", LO)
    scenario.event("current_state", progress("a2", 2, 4, content="lo, wor")).joined(2)
    yield scenario.event("chunk", WOR).event("chunk", LD)
    about = "The reader got more chunks after sending its join than the state contains."
    scenario = joining("a state that is older than the chunks", about)
    scenario.event("chunk", LO).event("chunk", WOR)
    yield scenario.event("current_state", LO).joined(2)


def dropped() -> Iterator[Scenario]:
    """Yield scenarios of early events that are never applied."""
    about = "One chunk was lost: what follows it can't be applied, so the reader joins again."
    scenario = joining("a gap among early chunks", about)
    scenario.event("chunk", WOR).event("chunk", progress("a2", 5, 6, content="!"))
    scenario.event("current_state", LO).joined(2).joining()
    yield scenario.event("current_state", progress("a2", 4, 6, content="ld!")).joined(2)
    about = "The state of a join contains all that was sent before the join."
    scenario = mid_answer("early chunks before a join", about)
    scenario.event("chunk", WOR).joining().event("chunk", LD)
    yield scenario.event("current_state", progress("a2", 2, 4, content="lo, wor")).joined(2)
    scenario = joining("early chunks of a removed message", "They are dropped with it.")
    scenario.event("chunk", WOR).event("removed", removed("a2", revision=1))
    yield scenario.event("current_state", LO).joined(2, 1)
    scenario = joining("early chunks before a reload", "They are dropped with everything else.")
    yield scenario.event("chunk", WOR).joined(80, 5, reload=True)
    about = "The server did not mention the message: it is on an earlier page, or was removed."
    scenario = joining("an early chunk of a message that stays unknown", about)
    yield scenario.event("chunk", progress("a9", 3, 4)).joined(2).joining().joined(2)


def too_many() -> Scenario:
    """Return a scenario of more early events than are kept."""
    about = f"{MAX_EARLY_EVENTS} are kept, and the next one is dropped: join again."
    scenario = Scenario("more early chunks than are kept", about).joining()
    for seq in range(1, MAX_EARLY_EVENTS + 2):
        scenario.event("chunk", progress("a2", seq, seq + 1))
    scenario.event("message", question(1)).event("message", answer(2))
    scenario.event("current_state", progress("a2", 0, 1, content="Hello")).joined(2)
    return scenario.joining()


def joining(name: str, about: str) -> Scenario:
    """Begin with a reader that holds two entries of the streaming answer `a2`, and joins."""
    return mid_answer(name, about).joining()
