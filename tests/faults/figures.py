"""How often each fault is caused, and its results, for the table of a full run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

BUSY_FACTOR = 5  # how many times as long something takes beside other tests, at most


@dataclass
class Figures:
    """`bin/test` causes each fault a few times, a full run (`is_full`) more often."""

    is_full: bool = False
    on: str = ""  # the database, where it is not the usual one
    rows: list[tuple[str, str]] = field(default_factory=list)

    def count(self, few: int, full: int) -> int:
        """Return how often to cause a fault."""
        return full if self.is_full else few

    def bound(self, seconds: float) -> float:
        """Return how long what takes so long in a full run, with nothing else on the machine, may
        take in this one."""
        return seconds if self.is_full else BUSY_FACTOR * seconds

    def note(self, fault: str, result: str) -> None:
        """Add a result to the table."""
        self.rows.append((f"{fault}{self.on}", result))

    def table(self) -> str:
        """Return the results as a Markdown table."""
        return "\n".join(
            ["| fault | result |", "|---|---|", *map("| {0[0]} | {0[1]} |".format, self.rows)]
        )


def spread(seconds: Sequence[float]) -> str:
    """Describe some times by their median and maximum."""
    ordered = sorted(seconds)
    return f"median {ordered[len(ordered) // 2]:.2f} s, at most {ordered[-1]:.2f} s"
