"""A reader, and the packets that were sent to it and have not arrived.

One join is enough: when it is acknowledged, the reader lacks nothing, if since it was sent no
packet was lost and no broadcast packet has overtaken another. Broadcast packets and those of the
join may arrive in any order relative to each other. Where messages were removed, it may have to
start over.
"""

from __future__ import annotations

from typing import Any

from tests.proof.interfaces import Packet, Reader


class Connection:
    """The connection of one reader; at first it is closed."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.in_flight: list[Packet] = []
        self.is_connected = False
        self.has_lost = True  # a packet since its last join, or never joined
        self._joins_in_flight = 0
        self._one_join_is_enough = False

    def pick(self, index: int, *, broadcast: bool = False) -> int | None:
        """Return the index of a packet that may arrive next: any broadcast one, or the first of
        those sent in order."""
        ordered = [at for at, packet in enumerate(self.in_flight) if packet.in_order][:1]
        free = [at for at, packet in enumerate(self.in_flight) if not packet.in_order]
        choice = free if broadcast else sorted(free + ordered)
        return choice[min(index, len(choice) - 1)] if choice else None

    def joining(self) -> dict[str, Any]:
        """Send the reader's join; return the request."""
        self.has_lost = False
        self._joins_in_flight += 1
        self._one_join_is_enough = self._joins_in_flight == 1
        return self.reader.joining()

    def arrive(self, at: int) -> None:
        """Deliver one packet."""
        packet = self.in_flight.pop(at)
        overtakes = any(not other.in_order for other in self.in_flight[:at])
        if packet.event == "removed" or (overtakes and not packet.in_order):
            self._one_join_is_enough = False
        if packet.event == "joined":
            self._joined(packet.data)
        else:
            self.reader.take(packet.event, packet.data)

    def arrive_all(self) -> None:
        """Deliver all packets in flight."""
        while self.in_flight:
            self.arrive(0)

    def lose(self, at: int) -> None:
        """Lose one packet."""
        self.in_flight.pop(at)
        self.has_lost = True
        self._one_join_is_enough = False

    def cut(self) -> None:
        """Close the connection; what is in flight is lost."""
        self.in_flight.clear()
        self.is_connected = False
        self.has_lost = True
        self._joins_in_flight = 0

    def _joined(self, ack: dict[str, Any]) -> None:
        self._joins_in_flight -= 1
        if self._joins_in_flight > 0:  # a reader waits for its last join only
            return None
        if ack.get("reload"):
            return self.reader.forget()
        self.reader.joined(ack)
        if self._one_join_is_enough and ack["revision"] == 0:
            assert not self.reader.must_rejoin, "a second join, though nothing was lost"
