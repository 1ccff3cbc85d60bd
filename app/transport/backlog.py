"""A queue that knows how many bytes wait in it, and how many ever did."""

from __future__ import annotations

from typing import Any

from engineio import packet

OBJECT_BYTES = 256  # of memory that even an empty packet takes
LENGTH = "midstream_length"  # of a packet, kept with it


def measured(queue: type[Any], budget: int) -> type[Any]:
    """Return such a queue, made from the async mode's own.

    A packet counts for three eighths of the budget at most, so that two of any size fit: a message
    and the state of an answer, for one who joins, must reach a reader who does read.
    """
    most = budget * 3 // 8

    class Backlog(queue):  # type: ignore[misc]
        waiting_bytes = 0  # of memory, as far as they count
        put_bytes = 0  # as they are sent, since the beginning
        taken_bytes = 0

        @staticmethod
        def counted(item: packet.Packet | None) -> int:
            """Return for how many bytes of the budget a packet counts; None ends the queue."""
            return min(OBJECT_BYTES + _length(item), most) if item else 0

        def _put(self, item: packet.Packet | None) -> None:
            super()._put(item)
            self.waiting_bytes += self.counted(item)
            self.put_bytes += _length(item)

        def _get(self) -> packet.Packet | None:
            item = super()._get()
            self.waiting_bytes -= self.counted(item)
            self.taken_bytes += _length(item)
            return item

    return Backlog


def _length(item: packet.Packet | None) -> int:
    """Return how many bytes a packet is as it is sent, which is found out once for a broadcast."""
    if item is None:
        return 0
    if not hasattr(item, LENGTH):
        encoded = item.encode()  # engineio keeps it, too
        is_text = isinstance(encoded, str) and not encoded.isascii()
        setattr(item, LENGTH, len(encoded.encode() if is_text else encoded))
    return int(getattr(item, LENGTH))
