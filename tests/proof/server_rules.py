"""What a server of two processes does, at any moment and through either of them."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from tests.proof.world import PROCESSES, Server

SERVER_RULES = "ask piece flush finish stop retry edit crash sweep".split()

processes = st.integers(0, PROCESSES - 1)
# families, combining marks and line ends, so that a boundary can fall anywhere in them
pieces = st.sampled_from(
    ["", "a", "b c ", "\r", "\n", "\r\n", "👩\u200d", "👧", "e", "\u0301", "```\n"]
)


class ServerRules(RuleBasedStateMachine):
    """Subclasses say which server."""

    make_server: Callable[[], Server]

    def __init__(self) -> None:
        super().__init__()
        self.server = type(self).make_server()
        self.count = 0

    @rule(process=processes)
    def ask(self, process: int) -> None:
        """A question is stored; it is answered, or waits for its turn."""
        self.server.ask(process)

    @rule(process=processes, text=pieces, thinks=st.booleans())
    def piece(self, process: int, text: str, thinks: bool) -> None:
        """A process receives a piece of its answer; the beat has not committed it."""
        self.count += 1
        text = text and f"{self.count}{text}"  # no two alike, so that doubled text shows
        self.server.receive(process, "" if thinks else text, text if thinks else "")

    @rule(process=processes)
    def flush(self, process: int) -> None:
        """The beat commits and broadcasts."""
        self.server.flush(process)

    @rule(process=processes)
    def finish(self, process: int) -> None:
        """A model says that it has finished."""
        self.server.finish(process)

    @rule(process=processes)
    def stop(self, process: int) -> None:
        """A reader stops the answer, through any process."""
        self.server.stop(process)

    @rule(process=processes)
    def retry(self, process: int) -> None:
        """A reader has the last answer replaced."""
        self.server.retry(process)

    @rule(process=processes)
    def edit(self, process: int) -> None:
        """Whoever asked the last question asks it in other words."""
        self.server.edit(process)

    @rule(process=processes)
    def crash(self, process: int) -> None:
        """A process dies, with all that it has not committed; another takes its place."""
        self.server.crash(process)

    @rule(awake=st.sets(processes, min_size=1))
    def sweep(self, awake: set[int]) -> None:
        """A lease's time passes; some processes are paused and notice nothing."""
        self.server.sweep(sorted(awake))
