"""The conversation, as it is sent to a model."""

from __future__ import annotations

from collections.abc import Sequence

from app.providers.base import Turn


def as_messages(turns: Sequence[Turn]) -> list[dict[str, str]]:
    """Return `turns` as the APIs take them: none blank, and no two neighbours of one role.

    Servers with a strict template refuse a conversation whose roles don't alternate, as they don't
    after a question that got no answer.
    """
    messages: list[dict[str, str]] = []
    for role, content in turns:
        if not content.strip():
            continue
        if messages and messages[-1]["role"] == role:
            messages[-1]["content"] += f"\n\n{content}"
        else:
            messages.append({"role": role, "content": content})
    return messages


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


def newest_share(turns: Sequence[Turn], share: float) -> list[Turn]:
    """Return the last turn, whole, and before it the newest ones within a share of all text.

    What is kept begins with a question, as some servers require.
    """
    characters = share * sum(len(turn.content) for turn in turns)
    kept = len(turns) - 1
    characters -= len(turns[kept].content)
    while kept > 0 and len(turns[kept - 1].content) <= characters:
        kept -= 1
        characters -= len(turns[kept].content)
    while turns[kept].role == "assistant" and kept < len(turns) - 1:
        kept += 1
    return list(turns[kept:])
