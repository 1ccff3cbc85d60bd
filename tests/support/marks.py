"""Which files can't hold a test that `-m` selects: those need not be imported."""

from __future__ import annotations

import re
from itertools import product

WORDS_OF_LOGIC = {"and", "or", "not"}


def may_select(expression: str, source: str) -> bool:
    """Say whether a test in a file may be selected, which has no marks but those it names."""
    marks = set(re.findall(r"\w+", expression)) - WORDS_OF_LOGIC
    choices = {mark: (False, True) if mark in source else (False,) for mark in marks}
    return not expression or any(
        eval(expression, {}, dict(zip(choices, chosen, strict=True)))
        for chosen in product(*choices.values())
    )
