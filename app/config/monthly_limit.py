"""How much a person may use of the models in a month: `MONTHLY_LIMIT`, or what is said for one."""

from __future__ import annotations

import re
from typing import NamedTuple

from app.config.variables import SHOWN, ConfigError, Env

LIMIT = re.compile(r"(\d{1,6}(?:\.\d{1,2})?|\d{1,12}(?= *t)) *(dollars|tokens)")
NO_LIMIT = "none"
DOLLAR = 10_000 * 1_000_000  # in the unit of a Price, times a million


class Limit(NamedTuple):
    """How much a person may use of the models in a month: tokens, or dollars, in the unit of
    `Price` times a million."""

    is_dollars: bool
    amount: int

    @property
    def dollars(self) -> float:
        """Return the amount in dollars."""
        return self.amount / DOLLAR


def parse_limit(text: str) -> Limit | None:
    """Return the limit that a text like `20 dollars` or `500000 tokens` says, None for `none`.

    Raises ValueError for any other.
    """
    if text.strip() == NO_LIMIT:
        return None
    found = LIMIT.fullmatch(text.strip())
    if found is None:
        raise ValueError("not a limit")
    amount, unit = found.groups()
    if unit == "tokens":
        return Limit(False, int(float(amount)))
    return Limit(True, round(float(amount) * DOLLAR))


def monthly_limit_from(env: Env) -> Limit | None:
    """Return what `MONTHLY_LIMIT` says."""
    text = env.get("MONTHLY_LIMIT") or NO_LIMIT
    try:
        return parse_limit(text)
    except ValueError:
        raise ConfigError(
            f"MONTHLY_LIMIT must be like `20 dollars`, `500000 tokens` or `{NO_LIMIT}`, "
            f"not {text[:SHOWN]!r}."
        ) from None
