"""A reader, and the packets that were sent to it and have not arrived."""

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

    def pick(self, index: int, *, broadcast: bool = False) -> int | None:
        """Return the index of a packet that may arrive next: any broadcast one, or the first of
        those sent in order."""
        ordered = [at for at, packet in enumerate(self.in_flight) if packet.in_order][:1]
        free = [at for at, packet in enumerate(self.in_flight) if not packet.in_order]
        choice = free if broadcast else sorted(free + ordered)
        return choice[min(index, len(choice) - 1)] if choice else None

    def arrive(self, at: int) -> None:
        """Deliver one packet."""
        packet = self.in_flight.pop(at)
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

    def cut(self) -> None:
        """Close the connection; what is in flight is lost."""
        self.in_flight.clear()
        self.is_connected = False
        self.has_lost = True

    def _joined(self, ack: dict[str, Any]) -> None:
        if ack.get("reload"):
            self.reader.forget()
        else:
            self.reader.joined(ack)
