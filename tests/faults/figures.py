"""How often each fault is made, and what came of it: for the table of a full run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Figures:
    """In `bin/test` each fault is made a few times; `is_full` is the promised number."""

    is_full: bool = False
    rows: list[tuple[str, str]] = field(default_factory=list)

    def count(self, few: int, full: int) -> int:
        """Return how often to make a fault."""
        return full if self.is_full else few

    def note(self, fault: str, result: str) -> None:
        """Keep what came of a fault."""
        self.rows.append((fault, result))

    def table(self) -> str:
        """Return what was kept, as Markdown."""
        return "\n".join(
            ["| fault | result |", "|---|---|", *map("| {0[0]} | {0[1]} |".format, self.rows)]
        )


def spread(seconds: Sequence[float]) -> str:
    """Return the median and the most of some times."""
    ordered = sorted(seconds)
    return f"median {ordered[len(ordered) // 2]:.2f} s, at most {ordered[-1]:.2f} s"
