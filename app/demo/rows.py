"""An invented conversation as the rows that the database will hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cache
from typing import Any

from app.demo.inventing import Invented
from app.demo.placing import Place
from app.markdown import render
from app.models.message import Role, size_of

Row = dict[str, Any]
Keys = Mapping[str, int]  # the users', by their names

PAUSE = timedelta(seconds=40)  # between a message and the next
MODEL = "demo"
rendered = cache(render)  # the same texts come again and again


def conversation_row(invented: Invented, model: str) -> Row:
    """Return the conversation's own row; `model` is what answers when it goes on."""
    return {
        "public_id": invented.public_id,
        "title": invented.title,
        "model": model,
        "created_at": invented.began_at,
        **length_of(invented),
    }


def length_of(invented: Invented) -> Row:
    """Return what of its row depends on how many messages it has."""
    messages = len(invented.message_ids)
    updated_at = invented.began_at + (messages - 1) * PAUSE
    return {"position": messages, "updated_at": updated_at}


def membership_rows(place: Place, keys: Keys) -> Iterator[Row]:
    """Yield a row for each who begins to take part, the owner's first."""
    invented = place.invented
    for name in invented.newcomers(place.held):
        yield {
            "conversation_id": place.conversation_id,
            "user_id": keys[name],
            "is_owner": name == invented.members[0],
            "created_at": invented.began_at,
        }


def question_rows(place: Place, keys: Keys) -> Iterator[Row]:
    """Yield the questions that are missing, in order."""
    for index in range(place.held, len(place.invented.message_ids)):
        exchange = place.invented.exchanges[index // 2]
        if index % 2 == 0:
            yield _message_row(place, index, exchange.question) | {
                "role": Role.USER,
                "author_id": keys[exchange.author],
            }


def answer_rows(place: Place, question_ids: Mapping[str, int]) -> Iterator[Row]:
    """Yield the answers that are missing, in order; `question_ids` are keys by public ids."""
    for index in range(place.held, len(place.invented.message_ids)):
        exchange = place.invented.exchanges[index // 2]
        if index % 2 == 1:
            row = _message_row(place, index, exchange.answer)
            yield row | {
                "role": Role.ASSISTANT,
                "model": MODEL,
                "question_id": question_ids[place.invented.message_ids[index - 1]],
                "thinking": exchange.thinking,
                "size": size_of(exchange.answer, exchange.thinking),
                "thought_ms": 4000,
                "ended_at": row["created_at"] + PAUSE / 4,
            }


def _message_row(place: Place, index: int, content: str) -> Row:
    return {
        "public_id": place.invented.message_ids[index],
        "conversation_id": place.conversation_id,
        "position": index + 1,
        "seq": 1,
        "content": content,
        "content_html": rendered(content),
        "size": size_of(content),
        "created_at": place.invented.began_at + index * PAUSE,
    }
