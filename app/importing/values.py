"""Values from files that anybody may have written: each is checked, or made harmless."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from app.characters import balanced, cut, is_invisible
from app.models.columns import now
from app.providers.sanitize import sanitize
from app.text import NOT_IN_A_LINE

MAX_TEXT = 1_000_000  # characters of one message
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)  # that another clock may be
MILLISECONDS_FROM = 100_000_000_000  # as seconds, that would be the year 5138
LARGEST = 2**31 - 1


class Unusable(Exception):
    """A conversation, or a file, that can't be imported; its text says why, to a user."""


def text(value: Any) -> str:
    """Return a text that can be stored: what is no text is empty, or a number's digits."""
    if isinstance(value, str):
        return sanitize(value[:MAX_TEXT])
    return str(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else ""


def line(value: Any, most: int) -> str:
    """Return a text on one line, at most so many characters; empty where nothing is seen of it."""
    whole = " ".join(NOT_IN_A_LINE.sub(" ", text(value)[: 10 * most]).split())
    short = cut(balanced(whole), most).strip()
    return "" if is_invisible(short) else short


def name(value: Any, most: int = 200) -> str | None:
    """Return a short text on one line; None where there is none."""
    return line(value, most) or None


def key(value: Any) -> str | None:
    """Return what names something in its file; None where there is no such name."""
    return text(value)[:200] or None


def moment(value: Any) -> datetime | None:
    """Return a time: of seconds or milliseconds since 1970, also as text, or of ISO 8601; None
    where it is none, or before 1990, or to come."""
    at = _moment(value)
    return at if at and EARLIEST <= at <= now() + AHEAD else None


def number(value: Any) -> int | None:
    """Return a whole number from 0 on that the database can hold; None for anything else."""
    is_number = isinstance(value, int | Decimal | float) and not isinstance(value, bool)
    return int(value) if is_number and 0 <= value <= LARGEST else None


def objects(value: Any) -> Sequence[Mapping[str, Any]]:
    """Return the objects of a list; none of anything else."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def members(value: Any) -> Mapping[str, Any]:
    """Return an object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def _moment(value: Any) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return _from_iso(value) if isinstance(value, str) else None
    if not math.isfinite(seconds):
        return None
    try:
        return datetime.fromtimestamp(
            seconds / 1000 if seconds >= MILLISECONDS_FROM else seconds, UTC
        )
    except (ValueError, OverflowError, OSError):
        return None


def _from_iso(value: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(value[:40].strip())
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
