"""What two server processes do, at any time."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from tests.proof.interfaces import PROCESSES, Server
from tests.proof.text_source import TextSource

SERVER_RULES = "ask piece flush stream finish stop retry edit choose crash sweep".split()

processes = st.integers(0, PROCESSES - 1)
places = st.integers(0, 3)
lengths = st.integers(0, 5)  # of pieces, in code points


class ServerRules(RuleBasedStateMachine):
    """Subclasses choose the server."""

    make_server: Callable[[], Server]

    def __init__(self) -> None:
        super().__init__()
        self.server = type(self).make_server()
        self.content = [TextSource() for _ in range(PROCESSES)]
        self.thinking = [TextSource() for _ in range(PROCESSES)]

    @rule(process=processes)
    def ask(self, process: int) -> None:
        """A question is stored; it is answered, or waits for its turn."""
        self.server.ask(process)

    @rule(process=processes, length=lengths, thinks=st.booleans())
    def piece(self, process: int, length: int, thinks: bool) -> None:
        """A process receives a piece of its answer, which is not committed yet."""
        source = (self.thinking if thinks else self.content)[process]
        text = source.cut(length)
        self.server.receive(process, "" if thinks else text, text if thinks else "")

    @rule(process=processes)
    def flush(self, process: int) -> None:
        """The group commit commits and broadcasts."""
        self.server.flush(process)

    @rule(process=processes, pieces=st.lists(lengths, min_size=2, max_size=6), thinks=st.booleans())
    def stream(self, process: int, pieces: list[int], thinks: bool) -> None:
        """A process receives, commits and broadcasts one piece after the other."""
        for length in pieces:
            self.piece(process, length, thinks)
            self.flush(process)

    @rule(process=processes)
    def finish(self, process: int) -> None:
        """A model finishes its answer."""
        self.server.finish(process)

    @rule(process=processes)
    def stop(self, process: int) -> None:
        """A reader stops the answer, through any process."""
        self.server.stop(process)

    @rule(process=processes)
    def retry(self, process: int) -> None:
        """A reader has the last answer replaced."""
        self.server.retry(process)

    @rule(process=processes, which=places)
    def edit(self, process: int, which: int = 0) -> None:
        """The author edits a question, counted from the last."""
        self.server.edit(process, which)

    @rule(process=processes, which=places, version=places)
    def choose(self, process: int, which: int = 0, version: int = 0) -> None:
        """A reader chooses another version of a message."""
        self.server.choose(process, which, version)

    @rule(process=processes)
    def crash(self, process: int) -> None:
        """A process dies, with all that it has not committed; another takes its place."""
        self.server.crash(process)

    @rule(awake=st.sets(processes, min_size=1))
    def sweep(self, awake: set[int]) -> None:
        """A lease's time passes; some processes are paused and notice nothing."""
        self.server.sweep(sorted(awake))
