"""The conversation, as it is sent to a model.

Where several people or models speak, what each says is between tags that name the speaker. The key
`name` of a message would be shorter, but most servers drop it and some refuse it; text between tags
is understood by all. Neither a name nor a text can end its tags, or begin those of somebody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import regex

from app.characters import balanced
from app.providers.base import Speaker, Turn
from app.text import NOT_IN_A_LINE

# Also with what people don't see between the characters, and with what only looks like `<`.
TAG = regex.compile(r"[<\uff1c\ufe64\u2039\u3008](?=[\s\p{Cf}/\\]*message)", regex.IGNORECASE)


def as_messages(turns: Sequence[Turn]) -> list[dict[str, str]]:
    """Return `turns` as the APIs take them: none blank, and no two neighbours of one role.

    Servers with a strict template refuse a conversation whose roles don't alternate, as they don't
    after a question that got no answer.
    """
    is_shared = any(turn.speaker for turn in turns)
    messages: list[dict[str, str]] = []
    for turn in turns:
        if not turn.content.strip():
            continue
        content = _told(turn) if is_shared else turn.content
        if messages and messages[-1]["role"] == turn.role:
            messages[-1]["content"] += f"\n\n{content}"
        else:
            messages.append({"role": turn.role, "content": content})
    return messages


def question_in(turns: Sequence[Turn]) -> int:
    """Return the index of the turn to be answered: the last one that a person said."""
    for index in range(len(turns) - 1, 0, -1):
        turn = turns[index]
        if turn.role == "user" and not (turn.speaker and turn.speaker.is_model):
            return index
    return 0


def newest(turns: Sequence[Turn], characters: int) -> list[Turn]:
    """Return the newest of `turns` that fit, and always the question, cut to `characters`."""
    asked = question_in(turns)
    kept: list[Turn] = []
    for turn in turns[asked:]:
        kept.append(turn._replace(content=turn.content[:characters]))
        characters -= len(kept[-1].content)
    for turn in reversed(turns[:asked]):
        if len(turn.content) > characters:
            break
        kept.insert(0, turn)
        characters -= len(turn.content)
    return kept


def newest_share(turns: Sequence[Turn], share: float) -> list[Turn]:
    """Return the question and what follows it, whole, and before it the newest turns within a share
    of all text.

    What is kept begins with a question, as some servers require.
    """
    characters = share * sum(len(turn.content) for turn in turns)
    asked = kept = question_in(turns)
    characters -= sum(len(turn.content) for turn in turns[kept:])
    while kept > 0 and len(turns[kept - 1].content) <= characters:
        kept -= 1
        characters -= len(turns[kept].content)
    while turns[kept].role == "assistant" and kept < asked:
        kept += 1
    return list(turns[kept:])


def _told(turn: Turn) -> str:
    """Return the text of a turn, with who says it; the model's own answers have no tags."""
    text = TAG.sub("&lt;", turn.content)
    tagged = f"{_tag(turn.speaker)}\n{text}\n</message>" if turn.speaker else text
    return f"{turn.preface}\n\n{tagged}" if turn.preface else tagged


def _tag(speaker: Speaker) -> str:
    kind = "model" if speaker.is_model else "person"
    return f'<message {kind}="{escape(NOT_IN_A_LINE.sub(" ", balanced(speaker.name)))}">'
