"""How a process is asked to stop, and how it ends."""

from __future__ import annotations

import logging
import os
import signal
import sys
from types import FrameType
from typing import NoReturn

STOP_POLL_SECONDS = 0.1


class StopSignal:
    """Set by SIGTERM or SIGINT. A signal may come at any instruction, so it only sets a flag."""

    def __init__(self) -> None:
        self.is_set = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._set)

    def _set(self, _number: int, _frame: FrameType | None) -> None:
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
