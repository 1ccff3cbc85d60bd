"""Comes back to a server that was there once, and may be away for a while."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from midstream.access import Unreachable
from midstream.connection import Connection

PATIENCE_SECONDS = 120.0
SHORTEST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 8.0


def reopen(attempt: Callable[[], Connection]) -> Connection:
    """Attempt it again and again, with longer and longer pauses; raises Unreachable in the end."""
    deadline, pause = time.monotonic() + PATIENCE_SECONDS, SHORTEST_PAUSE_SECONDS
    while time.monotonic() < deadline:
        time.sleep(pause * random.uniform(0.5, 1.0))
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        try:
            return attempt()
        except Unreachable:
            continue
    raise Unreachable()
