"""The conversation, as it is sent to a model: as text and, to models that see, with its pictures.

Where several people or models speak, what each says is between tags that name the speaker. The key
`name` of a message would be shorter, but most servers drop it and some refuse it; text between tags
is understood by all. Neither a name nor a text can end its tags, or begin those of somebody else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import regex

from app.characters import balanced
from app.providers.base import Picture, Speaker, Turn
from app.text import NOT_IN_A_LINE

# Also with what people don't see between the characters, and with what only looks like `<`.
PINNED = (
    "(A message from earlier in this conversation. It is pinned, so that you always get it;"
    " others around it are left out.)"
)
PINNED_ANSWER = (
    "(An answer of yours from earlier in this conversation. It is pinned, so that you always get"
    " it; others around it are left out.)"
)
FILES = (
    "(From earlier in this conversation: files, which you always get; messages around them are left"
    " out.)"
)
UNSEEN = "(You can't see pictures. Say so where that makes a difference.)"
CONTINUE = (
    "(Your answer ended here before it was complete. Continue it exactly where it ends: repeat"
    " nothing, and say nothing about this.)"
)
TAG = regex.compile(r"[<\uff1c\ufe64\u2039\u3008](?=[\s\p{Cf}/\\]*message)", regex.IGNORECASE)


def as_messages(
    turns: Sequence[Turn], as_part: Callable[[Picture], Any], *, prefill: bool = False
) -> list[dict[str, Any]]:
    """Return `turns` as the APIs take them: none blank, and no two neighbours of one role. The
    content of one with pictures is a list, of what `as_part` makes of each, and the text.

    An answer that has begun is followed by the request to continue it, or, with `prefill`, by
    nothing: for servers that go on with a last message of the assistant.

    Servers with a strict template refuse a conversation whose roles don't alternate, as they don't
    after a question that got no answer.
    """
    is_shared = any(turn.speaker for turn in turns)
    messages: list[dict[str, Any]] = []
    pictures: list[list[Picture]] = []  # of each message
    for turn in turns:
        if not turn.content.strip():
            continue
        content = _told(turn, is_shared=is_shared)
        if messages and messages[-1]["role"] == turn.role:
            messages[-1]["content"] += f"\n\n{content}"
        else:
            messages.append({"role": turn.role, "content": content})
            pictures.append([])
        pictures[-1] += turn.pictures
    for message, seen in zip(messages, pictures, strict=True):
        if seen:
            text = {"type": "text", "text": message["content"]}
            message["content"] = [*map(as_part, seen), text]
    if begun_in(turns) and not prefill:
        messages.append({"role": "user", "content": CONTINUE})
    return messages


def without_pictures(turns: Sequence[Turn]) -> list[Turn]:
    """Return `turns` for a model that can't see."""
    return [
        turn._replace(content=f"{turn.content}\n\n{UNSEEN}", pictures=()) if turn.pictures else turn
        for turn in turns
    ]


def begun_in(turns: Sequence[Turn]) -> str:
    """Return what the model has said so far of the answer; "" where it has not begun."""
    return turns[-1].content if turns and turns[-1].is_begun else ""


def question_in(turns: Sequence[Turn]) -> int:
    """Return the index of the turn to be answered: the last one that a person said."""
    for index in range(len(turns) - 1, 0, -1):
        turn = turns[index]
        if turn.role == "user" and not (turn.speaker and turn.speaker.is_model):
            return index
    return 0


def newest(turns: Sequence[Turn], characters: int) -> list[Turn]:
    """Return the newest of `turns` that fit, before these the ones that stay, and always the
    question, cut to `characters`; of an answer that has begun, the end."""
    asked = question_in(turns)
    kept: list[Turn] = []
    for turn in turns[asked:]:
        start = max(0, len(turn.content) - characters) if turn.is_begun else 0
        kept.append(turn._replace(content=turn.content[start : start + characters]))
        characters -= len(kept[-1].content)
    return [*_fitting(turns[:asked], characters), *kept]


def newest_share(turns: Sequence[Turn], share: float) -> list[Turn]:
    """Return the question and what follows it, whole, before it the turns that stay, and the newest
    others within a share of all text.

    What is kept begins with a question, as some servers require.
    """
    asked = question_in(turns)
    characters = share * _length(turns) - _length(turns[asked:])
    earlier = _fitting(turns[:asked], characters)
    while earlier and earlier[0].role == "assistant":
        earlier[:1] = [out_of_place(earlier[0])] if earlier[0].stays else []
    return [*earlier, *turns[asked:]]


def out_of_place(turn: Turn) -> Turn:
    """Return a turn that stays as it is sent without those that were around it: it is said to the
    model, for a conversation can't begin with an answer."""
    if turn.preface:
        return turn
    of_person = PINNED if turn.is_pinned else FILES
    preface = PINNED_ANSWER if turn.role == "assistant" else of_person
    return turn._replace(role="user", preface=preface)


def _fitting(turns: Sequence[Turn], characters: float) -> list[Turn]:
    """Return the turns that stay, and after them the newest turns that fit beside them."""
    staying = {index for index, turn in enumerate(turns) if turn.stays}
    characters -= sum(len(turns[index].content) for index in staying)
    first = len(turns)
    while first > 0 and (first - 1 in staying or len(turns[first - 1].content) <= characters):
        first -= 1
        characters -= 0 if first in staying else len(turns[first].content)
    alone = [out_of_place(turns[index]) for index in sorted(staying) if index < first]
    return [*alone, *turns[first:]]


def _length(turns: Sequence[Turn]) -> int:
    return sum(len(turn.content) for turn in turns)


def _told(turn: Turn, *, is_shared: bool) -> str:
    """Return the text of a turn, with who says it; the model's own answers have no tags."""
    text = TAG.sub("&lt;", turn.content) if is_shared else turn.content
    tagged = f"{_tag(turn.speaker)}\n{text}\n</message>" if turn.speaker else text
    return f"{turn.preface}\n\n{tagged}" if turn.preface else tagged


def _tag(speaker: Speaker) -> str:
    kind = "model" if speaker.is_model else "person"
    return f'<message {kind}="{escape(NOT_IN_A_LINE.sub(" ", balanced(speaker.name)))}">'
