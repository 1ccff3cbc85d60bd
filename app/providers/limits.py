"""How long a model may take."""

from __future__ import annotations

from dataclasses import dataclass

CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0
TOTAL_SECONDS = 15 * 60.0


@dataclass(frozen=True, slots=True)
class Limits:
    """The time limits of one answer, in seconds.

    `connect`: to reach the server. `read`: without thinking, text or usage, whatever else drips.
    `total`: for the whole answer, its repeated attempts included.
    """

    connect: float = CONNECT_SECONDS
    read: float = READ_SECONDS
    total: float = TOTAL_SECONDS


def in_words(seconds: float) -> str:
    """Return a time limit as a sentence says it."""
    count, unit = (seconds / 60, "minute") if seconds >= 120 else (seconds, "second")
    return f"{count:g} {unit}{'' if count == 1 else 's'}"
