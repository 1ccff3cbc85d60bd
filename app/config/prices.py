"""What models cost: `PRICES`."""

from __future__ import annotations

import re
from typing import NamedTuple

from app.config.variables import SHOWN, ConfigError, Env, names

DOLLARS = r"(\d{1,4}(?:\.\d{1,4})?)"
PRICE = re.compile(rf"(\S.*)=\s*{DOLLARS}\s*/\s*{DOLLARS}")


class Price(NamedTuple):
    """What a million tokens that a model reads, and that it writes, cost: in ten-thousandths of a
    dollar, so that a page and a server calculate alike."""

    read: int
    written: int


def in_price(dollars: str) -> int:
    """Return dollars in the unit of a Price."""
    return round(float(dollars) * 10_000)


def prices_from(env: Env) -> dict[str, Price]:
    """Return what `PRICES` says, by model."""
    prices = {}
    for entry in names(env.get("PRICES", "")) or ():
        found = PRICE.fullmatch(entry)
        if found is None:
            raise ConfigError(f"PRICES must be like `openai:MODEL=1.25/10`, not {entry[:SHOWN]!r}.")
        model, read, written = found.groups()
        prices[model.strip()] = Price(in_price(read), in_price(written))
    return prices
