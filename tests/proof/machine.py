"""The state machine: what servers, network and readers do, in any order."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from tests.proof.connection import Connection
from tests.proof.interfaces import Between, Packet, Reader
from tests.proof.invariants import check_in_step, check_prefixes
from tests.proof.server_rules import SERVER_RULES, ServerRules, processes

READERS = 3
CALM_ROUNDS = 6
NETWORK_RULES = "join arrive arrive_all lose repeat cut settle calm".split()
NOTHING_LOST = "join arrive arrive_all ask piece flush stream finish stop crash sweep".split()

readers = st.integers(0, READERS - 1)
elsewhere = st.sampled_from("ask piece finish stop retry edit choose flush crash".split())


class Midstream(ServerRules):
    """Subclasses choose the server and the readers."""

    make_readers: Callable[[], list[Reader]]

    def __init__(self) -> None:
        super().__init__()
        self.connections = [Connection(reader) for reader in type(self).make_readers()]

    @initialize()
    def begin(self) -> None:
        """A question is asked, and one reader joins."""
        self.server.ask(0)
        self.join(0, "", "", 0)

    @rule(
        reader=readers,
        before=elsewhere | st.just(""),
        after=elsewhere | st.just(""),
        process=processes,
    )
    def join(self, reader: int, before: str, after: str, process: int) -> None:
        """A reader joins, while something happens around the server's read."""
        connection = self.connections[reader]
        if not connection.is_connected:
            self.server.connect(reader, connection.in_flight.append)
            connection.is_connected = True
        between = Between(self._happening(before, process), self._happening(after, process))
        ack = self.server.join(reader, connection.joining(), between)
        connection.in_flight.append(Packet("joined", ack, in_order=True))

    def _happening(self, name: str, process: int) -> list[Callable[[], None]]:
        if name == "piece":
            return [partial(self.piece, process, 1, False), partial(self.flush, process)]
        if name == "finish":
            return [partial(self.finish, process), partial(self.flush, process)]
        return [partial(getattr(self, name), process)] if name else []

    @rule(reader=readers, index=st.integers(0, 5))
    def arrive(self, reader: int, index: int) -> None:
        """A packet arrives; with an index above 0 it overtakes others."""
        connection = self.connections[reader]
        if (at := connection.pick(index)) is not None:
            connection.arrive(at)

    @rule(reader=readers)
    def arrive_all(self, reader: int) -> None:
        """All packets to a reader arrive."""
        self.connections[reader].arrive_all()

    @rule(reader=readers, index=st.integers(0, 5))
    def lose(self, reader: int, index: int) -> None:
        """A packet is lost."""
        connection = self.connections[reader]
        if (at := connection.pick(index, broadcast=True)) is not None:
            connection.lose(at)

    @rule(reader=readers, index=st.integers(0, 5))
    def repeat(self, reader: int, index: int) -> None:
        """A packet is duplicated."""
        connection = self.connections[reader]
        if (at := connection.pick(index, broadcast=True)) is not None:
            connection.in_flight.append(connection.in_flight[at])

    @rule(reader=readers)
    def cut(self, reader: int) -> None:
        """A connection is lost, with all packets in flight."""
        connection = self.connections[reader]
        if connection.is_connected:
            self.server.disconnect(reader)
        connection.cut()

    @rule(reader=readers)
    def settle(self, reader: int) -> None:
        """All packets arrive; a reader that has lost none since its join is in step."""
        connection = self.connections[reader]
        connection.arrive_all()
        if connection.is_connected and not connection.has_lost:
            self._follow_the_rule(reader)

    @rule()
    def calm(self) -> None:
        """The network recovers, every reader joins again, and all show what is committed."""
        for reader in range(READERS):
            self.join(reader, "", "", 0)
            self.arrive_all(reader)
            self._follow_the_rule(reader)

    def _follow_the_rule(self, reader: int) -> None:
        connection = self.connections[reader]
        for _ in range(CALM_ROUNDS):
            if not connection.reader.must_rejoin:
                break
            self.join(reader, "", "", 0)
            connection.arrive_all()
        check_in_step(connection.reader, self.server.truth())

    @invariant()
    def check(self) -> None:
        """At all times each reader shows a prefix of each committed message."""
        committed = self.server.committed()
        for connection in self.connections:
            check_prefixes(connection.reader, committed)

    def teardown(self) -> None:
        """End in calm."""
        try:
            self.calm()
        finally:
            self.server.close()


def focused(machine: type[Midstream], *names: str) -> type[Midstream]:
    """Return a machine with only these rules and the same invariants."""
    others = {*SERVER_RULES, *NETWORK_RULES} - set(names)
    return type("Focused", (machine,), {name: _not_a_rule(name) for name in others})


def _not_a_rule(name: str) -> Callable[..., None]:
    def act(self: Midstream, *args: Any, **kwargs: Any) -> None:
        getattr(Midstream, name)(self, *args, **kwargs)

    return act
