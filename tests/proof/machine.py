"""The state machine: what a server, a network and readers can do to each other, in any order."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from tests.proof.holding import check_in_step, check_prefixes
from tests.proof.server_rules import SERVER_RULES, ServerRules, processes
from tests.proof.station import Station
from tests.proof.world import Between, Packet, Reader

READERS = 3
CALM_ROUNDS = 6
NETWORK_RULES = "join arrive arrive_all lose repeat cut settle calm".split()

readers = st.integers(0, READERS - 1)
elsewhere = st.sampled_from(["ask", "piece", "finish", "stop", "retry", "edit", "flush", "crash"])


class Midstream(ServerRules):
    """Subclasses say which server and which readers."""

    make_readers: Callable[[], list[Reader]]

    def __init__(self) -> None:
        super().__init__()
        self.stations = [Station(reader) for reader in type(self).make_readers()]

    @initialize()
    def begin(self) -> None:
        """Somebody has asked, and one reader follows."""
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
        station = self.stations[reader]
        if not station.is_connected:
            self.server.connect(reader, station.line.append)
            station.is_connected = True
        station.has_lost = False
        between = Between(self._happening(before, process), self._happening(after, process))
        ack = self.server.join(reader, station.reader.wish(), between)
        station.line.append(Packet("joined", ack, in_order=True))

    def _happening(self, name: str, process: int) -> list[Callable[[], None]]:
        if name == "piece":
            return [partial(self.piece, process, 1, False), partial(self.flush, process)]
        if name == "finish":
            return [partial(self.finish, process), partial(self.flush, process)]
        return [partial(getattr(self, name), process)] if name else []

    @rule(reader=readers, index=st.integers(0, 5))
    def arrive(self, reader: int, index: int) -> None:
        """A packet arrives; one with an index above 0 has overtaken others."""
        station = self.stations[reader]
        if (at := station.pick(index)) is not None:
            station.arrive(at)

    @rule(reader=readers)
    def arrive_all(self, reader: int) -> None:
        """The line to a reader empties."""
        self.stations[reader].arrive_all()

    @rule(reader=readers, index=st.integers(0, 5))
    def lose(self, reader: int, index: int) -> None:
        """A packet is lost."""
        station = self.stations[reader]
        if (at := station.pick(index, broadcast=True)) is not None:
            station.lose(at)

    @rule(reader=readers, index=st.integers(0, 5))
    def repeat(self, reader: int, index: int) -> None:
        """A packet comes twice."""
        station = self.stations[reader]
        if (at := station.pick(index, broadcast=True)) is not None:
            station.line.append(station.line[at])

    @rule(reader=readers)
    def cut(self, reader: int) -> None:
        """The line breaks, with all that is on it."""
        station = self.stations[reader]
        if station.is_connected:
            self.server.disconnect(reader)
        station.cut()

    @rule(reader=readers)
    def settle(self, reader: int) -> None:
        """All arrives. Who has lost nothing since its join is in step without any check."""
        station = self.stations[reader]
        station.arrive_all()
        if station.is_connected and not station.has_lost:
            self._follow_the_rule(reader)

    @rule()
    def calm(self) -> None:
        """The network calms, each reader's check comes round, and all show what is true."""
        for reader in range(READERS):
            self.join(reader, "", "", 0)
            self.arrive_all(reader)
            self._follow_the_rule(reader)

    def _follow_the_rule(self, reader: int) -> None:
        station = self.stations[reader]
        for _ in range(CALM_ROUNDS):
            if not station.reader.must_rejoin:
                break
            self.join(reader, "", "", 0)
            station.arrive_all()
        check_in_step(station.reader, self.server.truth())

    @invariant()
    def check(self) -> None:
        """At every moment each reader shows, of each message, a prefix of what is committed."""
        truth = self.server.truth()
        for station in self.stations:
            check_prefixes(station.reader, truth)

    def teardown(self) -> None:
        """End in calm, whatever has happened."""
        try:
            self.calm()
        finally:
            self.server.close()


def focused(machine: type[Midstream], *names: str) -> type[Midstream]:
    """Return a machine that chooses among these rules alone; what must hold is the same."""
    others = {*SERVER_RULES, *NETWORK_RULES} - set(names)
    return type("Focused", (machine,), {name: _not_a_rule(name) for name in others})


def _not_a_rule(name: str) -> Callable[..., None]:
    def act(self: Midstream, *args: Any, **kwargs: Any) -> None:
        getattr(Midstream, name)(self, *args, **kwargs)

    return act
