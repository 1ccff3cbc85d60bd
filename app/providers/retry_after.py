"""When a server wants to be asked again: `Retry-After` (RFC 9110, section 10.2.3), and beside it
`Retry-After-Ms`, as OpenAI and Azure send it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from werkzeug.http import parse_date

LONGEST_SECONDS = 7 * 86_400.0
"""What is longer counts as this long."""

NUMBER = re.compile(r"\d+(?:\.\d*)?", re.ASCII)


def seconds_to_wait(headers: Mapping[bytes, bytes]) -> float:
    """Return for how long a response says not to ask again; 0 where it doesn't say so.

    `headers` have lower-case names. A date is compared with the server's own, where it sends one:
    its clock may differ from ours.
    """
    value = _text(headers, b"retry-after")
    seconds = _seconds(_text(headers, b"retry-after-ms"), 0.001) or _seconds(value)
    if not seconds and (at := _date(value)):
        now = _date(_text(headers, b"date")) or datetime.now(UTC)
        seconds = (at - now).total_seconds()
    return min(max(seconds, 0.0), LONGEST_SECONDS)


def _text(headers: Mapping[bytes, bytes], name: bytes) -> str:
    return headers.get(name, b"").decode("latin-1").strip()


def _seconds(value: str, unit: float = 1.0) -> float:
    return float(value) * unit if NUMBER.fullmatch(value) else 0.0


def _date(value: str) -> datetime | None:
    try:
        return parse_date(value)
    except OverflowError:  # a year of more digits than any calendar has
        return None
