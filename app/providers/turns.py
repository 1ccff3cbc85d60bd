"""The conversation, as it is sent to a model."""

from __future__ import annotations

from collections.abc import Sequence

from app.providers.base import Turn


def as_messages(turns: Sequence[Turn]) -> list[dict[str, str]]:
    """Return `turns` as the APIs take them, without blank ones, which some refuse."""
    return [turn._asdict() for turn in turns if turn.content.strip()]


def newest(turns: Sequence[Turn], characters: int) -> list[Turn]:
    """Return the newest of `turns` that fit, and always the last one, cut to `characters`."""
    last = turns[-1]
    kept = [last._replace(content=last.content[:characters])]
    for turn in reversed(turns[:-1]):
        characters -= len(kept[0].content)
        if len(turn.content) > characters:
            break
        kept.insert(0, turn)
    return kept
