"""Template filters for durations, sizes, costs and icons.

The browser formats durations in the same words as here: a live page and a loaded one are equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from markupsafe import Markup

from app.config import Price
from app.models.stats import Stats

KINDS = {
    **{"pdf": "PDF", "text": "Text", "document": "Document"},
    **{"spreadsheet": "Spreadsheet", "presentation": "Presentation"},
}
MATHEMATICS = 'class="math'
EFFORTS = {"low": "little", "medium": "some", "high": "much"}


def icon(name: str) -> Markup:
    """Return an icon, which icons.css draws. Jinja compiles `{{ "copy"|icon }}` to its text."""
    return Markup('<span class="icon icon-{}" aria-hidden="true"></span>').format(name)


def duration(ms: int) -> str:
    """Return milliseconds in words: `12 s`, `2 min 5 s`."""
    seconds = max(1, (ms + 500) // 1000)
    parts = [f"{seconds // 60} min", f"{seconds % 60} s"]
    return " ".join(part for part in parts if not part.startswith("0 "))


def file_size(size: int) -> str:
    """Return bytes in words: `12 bytes`, `34 kB`, `5.6 MB`."""
    if size < 1000:
        return "1 byte" if size == 1 else f"{size} bytes"
    if size < 1_000_000:
        return f"{(size + 500) // 1000} kB"
    tenths = (size + 50_000) // 100_000
    return f"{tenths // 10}.{tenths % 10} MB"


def file_about(file: Mapping[str, Any]) -> str:
    """Return what a file is: `PDF, 5.6 MB`."""
    return f"{KINDS.get(file['kind'], 'File')}, {file_size(file['size'])}"


def capped(number: int, most: int = 99) -> str:
    """Return a number of new messages; of more than `most` as `99+`."""
    return str(number) if number <= most else f"{most}+"


def has_mathematics(messages: Iterable[Any]) -> bool:
    """Return whether any of these messages has formulas."""
    return any(MATHEMATICS in (each.content_html or "") for each in messages)


def stats_line(stats: Stats, price: Price | None = None) -> str:
    """Return how long an answer took, how many tokens it has and what it cost, as far as known."""
    parts = []
    if "duration_ms" in stats:
        parts.append(duration(stats["duration_ms"]))
    if "output_tokens" in stats:
        tokens = stats["output_tokens"]
        parts.append(f"{tokens:,} {'token' if tokens == 1 else 'tokens'}")
    if price and "input_tokens" in stats and "output_tokens" in stats:
        amount = stats["input_tokens"] * price.read + stats["output_tokens"] * price.written
        parts.append(cost(amount))
    return " · ".join(parts)


def cost(amount: int) -> str:
    """Return what tokens cost, as `$0.0123`; `amount` has the unit of `Price`, times a million."""
    parts = (amount + 500_000) // 1_000_000
    if amount and not parts:
        return "less than $0.0001"
    return f"${parts // 10_000}.{parts % 10_000:04}"


def parameters(settings: Mapping[str, Any]) -> str:
    """Return how models answer, besides the system prompt; "" where that is their own way."""
    parts = []
    if "temperature" in settings:
        parts.append(f"Temperature {settings['temperature']:g}")
    if "effort" in settings:
        parts.append(f"Thinking: {EFFORTS[settings['effort']]}")
    return " · ".join(parts)


def thinking_title(stats: Stats, is_thinking: bool) -> str:
    """Return the title of an answer's thinking: how long it has taken so far, or took."""
    if "thought_ms" not in stats:
        return "Thinking"
    return f"{'Thinking' if is_thinking else 'Thought'} for {duration(stats['thought_ms'])}"
