"""How evenly an answer reaches a reader."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from statistics import quantiles


class Pace:
    """How much later than at an even pace each chunk of an answer comes to a reader."""

    def __init__(self, times: Callable[[], list[float]], per_second: int) -> None:
        self.times = times  # returns when the chunks came
        self.per_second = per_second
        self.begun = time.monotonic()

    def delays(self) -> list[float]:
        """Return the gaps between chunks since the beginning, less the usual gap, in seconds."""
        since = [at for at in self.times() if at > self.begun]
        gaps = (later - earlier for earlier, later in itertools.pairwise(since))
        return [max(0.0, gap - 1 / self.per_second) for gap in gaps]

    def p99(self) -> float:
        """Return how late all but the latest hundredth of them were at most, in seconds."""
        return quantiles(self.delays(), n=100)[98]
