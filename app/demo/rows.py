"""An invented conversation as the rows that the database will hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cache
from typing import Any

from app.demo.inventing import Invented
from app.markdown import render
from app.models.message import Role, size_of

Row = dict[str, Any]
Keys = Mapping[str, int]  # the users', by their names

PAUSE = timedelta(seconds=40)  # between a message and the next
MODEL = "demo"
rendered = cache(render)  # the same texts come again and again


def conversation_row(invented: Invented, model: str) -> Row:
    """Return the conversation's own row; `model` is what answers when it goes on."""
    messages = len(invented.message_ids)
    return {
        "public_id": invented.public_id,
        "title": invented.title,
        "model": model,
        "position": messages,
        "created_at": invented.began_at,
        "updated_at": invented.began_at + (messages - 1) * PAUSE,
    }


def membership_rows(invented: Invented, conversation_id: int, keys: Keys) -> Iterator[Row]:
    """Yield a row for each who takes part, the owner's first."""
    for place, name in enumerate(invented.members):
        yield {
            "conversation_id": conversation_id,
            "user_id": keys[name],
            "is_owner": place == 0,
            "created_at": invented.began_at,
        }


def question_rows(invented: Invented, conversation_id: int, keys: Keys) -> Iterator[Row]:
    """Yield the questions, in order."""
    for index, exchange in enumerate(invented.exchanges):
        yield _message_row(invented, conversation_id, 2 * index, exchange.question) | {
            "role": Role.USER,
            "author_id": keys[exchange.author],
        }


def answer_rows(
    invented: Invented, conversation_id: int, question_ids: Iterator[int]
) -> Iterator[Row]:
    """Yield the answers, in order; one id is taken for each question, answered or not."""
    for index, exchange in enumerate(invented.exchanges):
        question_id = next(question_ids)
        if 2 * index + 1 < len(invented.message_ids):
            row = _message_row(invented, conversation_id, 2 * index + 1, exchange.answer)
            yield row | {
                "role": Role.ASSISTANT,
                "model": MODEL,
                "question_id": question_id,
                "thinking": exchange.thinking,
                "size": size_of(exchange.answer, exchange.thinking),
                "thought_ms": 4000,
                "ended_at": row["created_at"] + PAUSE / 4,
            }


def _message_row(invented: Invented, conversation_id: int, index: int, content: str) -> Row:
    return {
        "public_id": invented.message_ids[index],
        "conversation_id": conversation_id,
        "position": index + 1,
        "seq": 1,
        "content": content,
        "content_html": rendered(content),
        "size": size_of(content),
        "created_at": invented.began_at + index * PAUSE,
    }
