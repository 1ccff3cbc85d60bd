"""Writing lines without waiting: whoever reads standard error may read it slowly, or not at all.

Lines wait in a queue, whose size is bounded, for one thread that writes them. It must be a real
thread, since a write may block. What it shares with the others, the queue, is no green one: a green
one works within one thread only.
"""

from __future__ import annotations

import logging
import os
import time
from _queue import Empty, SimpleQueue
from contextlib import suppress

from app import counts

MOST_WAITING = 10_000  # lines
AT_ONCE_LINES = 200
FLUSH_SECONDS = 1.0
FLUSH_POLL_SECONDS = 0.005
DROPPED = "%d lines of the log were lost: nobody has read them in time."


class LineWriter:
    """Takes lines from any thread, and writes them to a descriptor in order."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lines: SimpleQueue[bytes] = SimpleQueue()
        self._put = 0  # lines since the beginning
        self._written = 0

    @property
    def waiting(self) -> int:
        """Return how many lines wait."""
        return self._lines.qsize()

    def put(self, line: str) -> bool:
        """Write a line soon; return False where too many wait already."""
        if self._lines.qsize() >= MOST_WAITING:
            return False
        self._put += 1
        self._lines.put(f"{line}\n".encode(errors="backslashreplace"))
        return True

    def run(self) -> None:
        """The thread that writes, for ever."""
        while True:
            lines = [self._lines.get(), *self._more()]
            self._write(b"".join(lines))
            self._written += len(lines)

    def flush(self) -> None:
        """Wait until what waits is written, for a moment at most."""
        deadline = time.monotonic() + FLUSH_SECONDS
        while self._written < self._put and time.monotonic() < deadline:
            time.sleep(FLUSH_POLL_SECONDS)

    def _more(self) -> list[bytes]:
        lines: list[bytes] = []
        with suppress(Empty):
            while len(lines) < AT_ONCE_LINES:
                lines.append(self._lines.get(block=False))
        return lines

    def _write(self, data: bytes) -> None:
        with suppress(OSError):  # standard error is closed: there is nobody to tell
            while data:
                data = data[os.write(self._descriptor, data) :]


class QueueHandler(logging.Handler):
    """Formats where a line is logged, since that is what it is about, and writes elsewhere."""

    def __init__(self, writer: LineWriter) -> None:
        super().__init__()
        self._writer = writer
        self._dropped = 0  # lines, since that was last logged
        counts.LOG_LINES_WAITING.read = lambda: writer.waiting

    def createLock(self) -> None:
        """Have no lock: a green one would not hold between threads, and none is needed."""
        self.lock = None

    def emit(self, record: logging.LogRecord) -> None:
        """Let a record be written."""
        try:
            is_put = self._writer.put(self.format(record))
        except Exception:  # one that can't be formatted must not be anybody's trouble
            is_put = False
        if not is_put:
            self._dropped += 1
            counts.LOG_LINES_DROPPED.value += 1
        elif self._dropped:
            self._tell_dropped()

    def flush(self) -> None:
        """Wait until all is written, for a moment at most."""
        self._writer.flush()

    def _tell_dropped(self) -> None:
        dropped, self._dropped = self._dropped, 0
        record = logging.LogRecord(
            __name__, logging.ERROR, __file__, 0, DROPPED, (dropped,), exc_info=None
        )
        self._writer.put(self.format(record))
