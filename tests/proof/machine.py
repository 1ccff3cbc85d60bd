"""The state machine: what a server, a network and readers can do to each other, in any order."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.proof.world import PROCESSES, Between, Packet, Reader, Server

READERS = 3
CALM_ROUNDS = 6

readers = st.integers(0, READERS - 1)
processes = st.integers(0, PROCESSES - 1)
# families, combining marks and line ends, so that a boundary can fall anywhere in them
pieces = st.sampled_from(
    ["", "a", "b c ", "\r", "\n", "\r\n", "👩\u200d", "👧", "e", "\u0301", "```\n"]
)
elsewhere = st.sampled_from(["ask", "piece", "finish", "stop", "retry", "edit", "flush", "crash"])


ALL_RULES = (
    "ask piece flush finish stop retry edit crash sweep"
    " join arrive arrive_all lose repeat cut settle calm"
).split()


class Station:
    """A reader and the line to it: what has been sent to it and has not arrived."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.line: list[Packet] = []
        self.is_connected = False
        self.has_lost = True  # something since its last join; so far it has no join

    def pick(self, index: int, *, broadcast: bool = False) -> int | None:
        """Return where the packet is that may come next: any broadcast one, and the first of
        those that come in order."""
        ordered = [at for at, packet in enumerate(self.line) if packet.in_order][:1]
        free = [at for at, packet in enumerate(self.line) if not packet.in_order]
        choice = free if broadcast else sorted(free + ordered)
        return choice[min(index, len(choice) - 1)] if choice else None

    def arrive(self, at: int) -> None:
        """Let one packet arrive, and keep it from arriving again."""
        packet = self.line.pop(at)
        if packet.event == "joined":
            self._joined(packet.data)
        else:
            self.reader.take(packet.event, packet.data)

    def _joined(self, ack: dict[str, Any]) -> None:
        if ack.get("reload"):
            self.reader.forget()
        else:
            self.reader.joined(ack)


class Midstream(RuleBasedStateMachine):
    """Subclasses say which server and which readers."""

    make_server: Callable[[], Server]
    make_readers: Callable[[], list[Reader]]

    def __init__(self) -> None:
        super().__init__()
        self.server = type(self).make_server()
        self.stations = [Station(reader) for reader in type(self).make_readers()]
        self.count = 0

    # The server

    @initialize()
    def begin(self) -> None:
        """Somebody has asked, and one reader follows."""
        self.server.ask(0)
        self.join(0, "", "", 0)

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

    # The readers and their network

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
            return [partial(self.piece, process, "x", False), partial(self.flush, process)]
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
        while self.stations[reader].line:
            self.stations[reader].arrive(0)

    @rule(reader=readers, index=st.integers(0, 5))
    def lose(self, reader: int, index: int) -> None:
        """A packet is lost."""
        station = self.stations[reader]
        if (at := station.pick(index, broadcast=True)) is not None:
            station.line.pop(at)
            station.has_lost = True

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
        station.line.clear()
        station.is_connected = False
        station.has_lost = True

    # What must hold

    @rule(reader=readers)
    def settle(self, reader: int) -> None:
        """All arrives. Who has lost nothing since its join is in step without any check."""
        station = self.stations[reader]
        self.arrive_all(reader)
        if station.is_connected and not station.has_lost:
            self._follow_the_rule(reader)
            self._check_in_step(station)

    def _follow_the_rule(self, reader: int) -> None:
        for _ in range(CALM_ROUNDS):
            if not self.stations[reader].reader.must_rejoin:
                return
            self.join(reader, "", "", 0)
            self.arrive_all(reader)

    @rule()
    def calm(self) -> None:
        """The network calms, each reader's check comes round, and all show what is true."""
        for reader, station in enumerate(self.stations):
            self.join(reader, "", "", 0)
            self.arrive_all(reader)
            self._follow_the_rule(reader)
            self._check_in_step(station)

    def _check_in_step(self, station: Station) -> None:
        truth, shown = self.server.truth(), station.reader.shown()
        assert set(shown) == set(truth), "a reader lacks a message, or shows one that is gone"
        for message in truth.values():
            held = shown[message.id]
            assert held["content"] == message.content
            assert held["thinking"] == message.thinking
            assert held["status"] == message.status
            assert held["position"] == message.position

    @invariant()
    def check_prefixes(self) -> None:
        """At every moment each reader shows, of each message, a prefix of what is committed."""
        truth = self.server.truth()
        for station in self.stations:
            for message_id, held in station.reader.shown().items():
                if message_id in truth:
                    _check_prefix(held, truth[message_id].__dict__)

    def teardown(self) -> None:
        """End in calm, whatever has happened."""
        try:
            self.calm()
        finally:
            self.server.close()


def focused(machine: type[Midstream], *names: str) -> type[Midstream]:
    """Return a machine that chooses among these rules alone; what must hold is the same."""
    others = set(ALL_RULES) - set(names)
    return type("Focused", (machine,), {name: _not_a_rule(name) for name in others})


def _not_a_rule(name: str) -> Callable[..., None]:
    def act(self: Midstream, *args: Any, **kwargs: Any) -> None:
        getattr(Midstream, name)(self, *args, **kwargs)

    return act


def _check_prefix(held: dict[str, Any], true: dict[str, Any]) -> None:
    assert held["seq"] <= true["seq"], "a reader holds what is not committed"
    for text in ("content", "thinking"):
        assert true[text].startswith(held[text]), "a reader shows what is no prefix"
    if held["status"] != "streaming":
        assert (held["status"], held["seq"]) == (true["status"], true["seq"])
