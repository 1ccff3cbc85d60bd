"""How a process is asked to stop."""

from __future__ import annotations

import os
import select
import signal
from types import FrameType


class StopSignal:
    """Set by SIGTERM or SIGINT. A signal may come at any instruction, so it only sets a flag, and
    Python itself writes a byte into a pipe, which ends a wait."""

    def __init__(self) -> None:
        self.is_set = False
        self._readable, written = os.pipe()
        os.set_blocking(written, False)
        signal.set_wakeup_fd(written)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._set)

    def wait(self, seconds: float) -> bool:
        """Return whether it is set: as soon as it is, and after so many seconds at most."""
        found, _, _ = select.select([self._readable], [], [], seconds)
        if found:
            os.read(self._readable, 1)  # of this signal, or of one that somebody else handles
        return self.is_set

    def _set(self, _number: int, _frame: FrameType | None) -> None:
        self.is_set = True
