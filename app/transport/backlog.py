"""What waits to be sent, as the budget counts it; and the queue of a reader that polls."""

from __future__ import annotations

from typing import Any

from engineio.packet import Packet

OBJECT_BYTES = 256  # of memory that even an empty packet takes
LENGTH = "midstream_length"  # the attribute of a packet that holds its encoded length


def counted(length: int, budget: int) -> int:
    """Return for how many bytes of the budget a packet of this length counts.

    That is three eighths of the budget at most, so that two of any size fit: a message and the
    state of an answer must both reach a reader that joins and does read.
    """
    return min(OBJECT_BYTES + length, budget * 3 // 8)


def counting_queue(queue: type[Any], budget: int) -> type[Any]:
    """Return a class of queues that count what is in them, derived from the async mode's own."""

    class CountingQueue(queue):  # type: ignore[misc]
        waiting_bytes = 0  # of memory, as far as they count
        put_bytes = 0  # encoded, since the beginning
        taken_bytes = 0

        @staticmethod
        def counted(item: Packet | None) -> int:
            """Return for how many bytes of the budget a packet counts; None ends the queue."""
            return counted(_length(item), budget) if item else 0

        def _put(self, item: Packet | None) -> None:
            super()._put(item)
            self.waiting_bytes += self.counted(item)
            self.put_bytes += _length(item)

        def _get(self) -> Packet | None:
            item = super()._get()
            self.waiting_bytes -= self.counted(item)
            self.taken_bytes += _length(item)
            return item

    return CountingQueue


def _length(item: Packet | None) -> int:
    """Return how many bytes a packet has when it is sent; computed once for a broadcast."""
    if item is None:
        return 0
    if not hasattr(item, LENGTH):
        encoded = item.encode()  # engineio keeps it, too
        is_wide = isinstance(encoded, str) and not encoded.isascii()
        setattr(item, LENGTH, len(encoded.encode() if is_wide else encoded))
    return int(getattr(item, LENGTH))
