"""How long something took and what it cost, in the words of static/js/durations.js."""

from __future__ import annotations

from app.models.stats import Stats


def duration(ms: int) -> str:
    """Return milliseconds as people say them: `12 s`, `2 min 5 s`."""
    seconds = max(1, (ms + 500) // 1000)
    parts = [f"{seconds // 60} min", f"{seconds % 60} s"]
    return " ".join(part for part in parts if not part.startswith("0 "))


def stats_line(stats: Stats) -> str:
    """Return what there is to tell of an answer that has ended, or nothing."""
    parts = []
    if "duration_ms" in stats:
        parts.append(duration(stats["duration_ms"]))
    if "output_tokens" in stats:
        tokens = stats["output_tokens"]
        parts.append(f"{tokens:,} {'token' if tokens == 1 else 'tokens'}")
    return " · ".join(parts)


def thoughts_title(stats: Stats, is_thinking: bool) -> str:
    """Return what the thoughts are headed with: how long they have taken so far, or took."""
    if "thought_ms" not in stats:
        return "Thinking"
    return f"{'Thinking' if is_thinking else 'Thought'} for {duration(stats['thought_ms'])}"
