"""Names and other short texts that have to be one line."""

from __future__ import annotations

import re

NAME_LENGTH = 100  # of people, bots and tokens
NOT_IN_A_LINE = re.compile(  # breaks and other control characters, halves of surrogate pairs
    r"[\u0000-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff]"
)


def as_line(text: str, longest: int) -> str | None:
    """Return a text without white space around it; None for what isn't one line, or too long.

    What joins letters and emoji may be in it: families and Persian names hold such.
    """
    line = text.strip()
    return line if not NOT_IN_A_LINE.search(line) and 0 < len(line) <= longest else None
