"""How long a model may take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """The time limits of one answer, in seconds.

    `connect`: to reach the server. `read`: without thinking, text or usage, whatever else drips.
    `total`: for the whole answer, its repeated attempts included.
    """

    connect: float
    read: float
    total: float


def in_words(seconds: float) -> str:
    """Return a time limit as a sentence says it."""
    count, unit = (seconds / 60, "minute") if seconds >= 120 else (seconds, "second")
    return f"{count:g} {unit}{'' if count == 1 else 's'}"
