"""A queue that knows how many bytes wait in it, and how many ever did."""

from __future__ import annotations

from typing import Any

from engineio import packet

OBJECT_BYTES = 256  # of memory that even an empty packet takes


def measured(queue: type[Any], budget: int) -> type[Any]:
    """Return such a queue, made from the async mode's own.

    A packet counts for half of the budget at most, so that one message which is larger than
    the budget still reaches a reader who does read.
    """

    def size(item: packet.Packet | None) -> int:
        return min(OBJECT_BYTES + _length(item), budget // 2) if item else 0

    class Backlog(queue):  # type: ignore[misc]
        waiting_bytes = 0  # of memory, as far as they count
        put_bytes = 0  # as they are sent, since the beginning
        taken_bytes = 0

        def _put(self, item: packet.Packet | None) -> None:
            super()._put(item)
            self.waiting_bytes += size(item)
            self.put_bytes += _length(item)

        def _get(self) -> packet.Packet | None:
            item = super()._get()
            self.waiting_bytes -= size(item)
            self.taken_bytes += _length(item)
            return item

    return Backlog


def _length(item: packet.Packet | None) -> int:
    if item is None:
        return 0
    if item.binary:
        return len(item.data)
    text: str = item.encode()  # engineio keeps it: a broadcast is encoded once
    return len(text) if text.isascii() else len(text.encode())
