"""A reader, and the line to it: what has been sent to it and has not arrived."""

from __future__ import annotations

from typing import Any

from tests.proof.interfaces import Packet, Reader


class Connection:
    """At first it is not connected, and nothing is on its line."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.in_flight: list[Packet] = []
        self.is_connected = False
        self.has_lost = True  # something since its last join; so far it has no join

    def pick(self, index: int, *, broadcast: bool = False) -> int | None:
        """Return where the packet is that may come next: any broadcast one, and the first of
        those that come in order."""
        ordered = [at for at, packet in enumerate(self.in_flight) if packet.in_order][:1]
        free = [at for at, packet in enumerate(self.in_flight) if not packet.in_order]
        choice = free if broadcast else sorted(free + ordered)
        return choice[min(index, len(choice) - 1)] if choice else None

    def arrive(self, at: int) -> None:
        """Let one packet arrive, and keep it from arriving again."""
        packet = self.in_flight.pop(at)
        if packet.event == "joined":
            self._joined(packet.data)
        else:
            self.reader.take(packet.event, packet.data)

    def arrive_all(self) -> None:
        """Let the line empty."""
        while self.in_flight:
            self.arrive(0)

    def lose(self, at: int) -> None:
        """Let one packet never arrive."""
        self.in_flight.pop(at)
        self.has_lost = True

    def cut(self) -> None:
        """Let the line break, with all that is on it."""
        self.in_flight.clear()
        self.is_connected = False
        self.has_lost = True

    def _joined(self, ack: dict[str, Any]) -> None:
        if ack.get("reload"):
            self.reader.forget()
        else:
            self.reader.joined(ack)
