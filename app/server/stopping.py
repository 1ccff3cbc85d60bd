"""How a process is asked to stop, and how it ends."""

from __future__ import annotations

import logging
import os
import select
import signal
import sys
from types import FrameType
from typing import NoReturn


class StopSignal:
    """Set by SIGTERM or SIGINT, and urgent after SIGINT, as somebody's Ctrl-C, and after a second
    signal: then nothing is waited for.

    A signal may come at any instruction, so it only sets flags, and Python itself writes a byte
    into a pipe, which ends a wait.
    """

    def __init__(self) -> None:
        self.is_set = self.is_urgent = False
        self._readable, written = os.pipe()
        os.set_blocking(written, False)
        signal.set_wakeup_fd(written)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._set)

    def wait(self, seconds: float | None) -> bool:
        """Return whether it is set: as soon as it is, and after so many seconds at most, if any."""
        found, _, _ = select.select([self._readable], [], [], seconds)
        if found:
            os.read(self._readable, 1)  # of this signal, or of one that somebody else handles
        return self.is_set

    def _set(self, number: int, _frame: FrameType | None) -> None:
        self.is_urgent = self.is_set or number == signal.SIGINT
        self.is_set = True


def end_process() -> NoReturn:
    """End this process at once, with what it has logged and printed, and exit code 0.

    Its other threads still serve requests. If Python took itself apart first, they would fail in
    it, with tracebacks.
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
