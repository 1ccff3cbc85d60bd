"""Which answers can go on, and how another version of one begins with its text."""

from __future__ import annotations

from sqlalchemy import insert, literal, select

from app.extensions import db
from app.models.log import Entry
from app.models.message import Message, Role, Status

ENDED_EARLY = (Status.STOPPED, Status.INTERRUPTED, Status.FAILED)


def is_open(status: str, is_cut: bool) -> bool:
    """Return whether a text has not come to its own end: it streams, or was ended before that."""
    return status != Status.COMPLETE or is_cut


def can_go_on(answer: Message) -> bool:
    """Return whether an answer ended before it was complete, with some text to go on from."""
    ended_early = answer.status in ENDED_EARLY or answer.is_cut
    return answer.role == Role.ASSISTANT and ended_early and answer.content.strip() != ""


def begin_with(answer: Message, earlier: Message) -> None:
    """Let the log of a new answer begin with the text of an earlier version, which has ended.

    In the caller's transaction, inside the database. What the answer takes is added to what the
    earlier one took.
    """
    text = select(literal(answer.id), literal(1), Message.content, Message.thinking)
    columns = ["message_id", "seq", "content", "thinking"]
    entry = insert(Entry).from_select(columns, text.where(Message.id == earlier.id))
    db.session.execute(entry)
    answer.continues, answer.thought_ms = earlier.id, earlier.thought_ms
    answer.input_tokens, answer.output_tokens = earlier.input_tokens, earlier.output_tokens
