"""How a process is asked to stop."""

from __future__ import annotations

import signal
from types import FrameType

STOP_POLL_SECONDS = 0.1


class StopSignal:
    """Set by SIGTERM or SIGINT. A signal may come at any instruction, so it only sets a flag."""

    def __init__(self) -> None:
        self.is_set = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._set)

    def _set(self, _number: int, _frame: FrameType | None) -> None:
        self.is_set = True
