"""Names and other short texts that have to be one line."""

from __future__ import annotations

NAME_LENGTH = 100  # of people, bots and tokens


def as_line(text: str, longest: int) -> str | None:
    """Return a text without white space around it; None for what isn't one line, or too long."""
    line = text.strip()
    return line if line.isprintable() and 0 < len(line) <= longest else None
