"""What people use of the models, and how much they may in a month."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from sqlalchemy.exc import IntegrityError

from app.config import Limit, current_config, parse_limit
from app.database import read, write
from app.direct import Values
from app.errors import Forbidden
from app.events import emit
from app.extensions import db
from app.models import Message, User
from app.models.model_use import first_of_next_month, month_of, today, used_of
from app.models.recording_use import record, unrecorded
from app.providers.tokens import estimate_of_bytes
from app.replies.context import turns_before
from app.replies.runtime import current_runtime

WARNED_FROM = 0.8
REACHED = "You have used your limit of {limit} for this month. It begins anew on {day}."
MEANWHILE = (
    "Whoever asked this has used up their limit of this month, so it was not sent to the model."
)
NEAR = "You have used {share:.0%} of your limit of {limit} for this month."


def limit_of(own: str | None) -> Limit | None:
    """Return how much somebody with a limit of their `own`, or without one, may use in a month;
    None: as much as they like."""
    return current_config().monthly_limit if own is None else parse_limit(own)


def check_allowance(user_id: int) -> None:
    """Raise Forbidden, in the transaction that asks, where somebody has used up their limit.

    What is being written at that moment counts when it has ended, so a limit may be exceeded by
    that: one answer in each conversation. What waits is checked again, by `refusal_of`.
    """
    own = db.session.scalar(db.select(User.monthly_limit).where(User.id == user_id))
    limit = limit_of(own)
    if limit and used_of(limit, month_of(user_id)) >= 1:
        raise Forbidden(_reached(limit))


def refusal_of(message_id: int) -> str | None:
    """Return why an answer that is to be written is not asked for any more: who wants it has used
    up their limit since, by other answers. It reads beside any transaction."""
    found = unrecorded(message_id)
    if found is None or found.user_id is None:
        return None
    limit, user_id = limit_of(found.monthly_limit), found.user_id
    is_used_up = limit is not None and read(lambda: used_of(limit, month_of(user_id))) >= 1
    return MEANWHILE if is_used_up else None


def warning_for(user: User) -> str:
    """Return a sentence for somebody who has used most of their limit, or all of it; else ""."""
    return _warning(limit_of(user.monthly_limit), user.id)


def _warning(limit: Limit | None, user_id: int) -> str:
    if limit is None:
        return ""
    share = used_of(limit, month_of(user_id))
    if share >= 1:
        return _reached(limit)
    return NEAR.format(share=share, limit=in_words(limit)) if share >= WARNED_FROM else ""


def _reached(limit: Limit) -> str:
    return REACHED.format(limit=in_words(limit), day=f"{first_of_next_month():%-d %B}")


def in_words(limit: Limit) -> str:
    """Return a limit as a sentence states it."""
    return f"${limit.dollars:,.2f}" if limit.is_dollars else f"{limit.amount:,} tokens"


def record_use(message_id: int) -> None:
    """Store what an answer that has ended has used, and warn who has asked for it where they have
    used most of their limit; may be called twice."""
    found = unrecorded(message_id)
    use = found and _use(message_id, found)
    if use:
        with suppress(IntegrityError):  # by another task, or another process, at the same moment
            record(use)
        _warn(found)


def _warn(found: Any) -> None:
    limit = limit_of(found.monthly_limit)
    if limit is None or found.user_id is None:
        return
    if warning := read(lambda: _warning(limit, found.user_id)):
        emit.allowance({"warning": warning}, found.user_id)


def note_answering(message_id: int, model: str) -> None:
    """Store that another model writes an answer than the one that was asked."""
    write(lambda: _note_answering(message_id, model))


def _note_answering(message_id: int, model: str) -> None:
    if message := db.session.get(Message, message_id):
        message.answered_by = model


def _use(message_id: int, found: Any) -> Values | None:
    """Return the row of an answer's use; None where there is none."""
    read_tokens, written = found.input_tokens, found.output_tokens
    is_estimated = read_tokens is None or written is None
    if is_estimated and not found.size:
        return None  # it has failed before its first word: nobody knows whether that cost anything
    if read_tokens is None:
        read_tokens = read(lambda: turns_before(db.session.get_one(Message, message_id)).tokens)
    if written is None:
        written = estimate_of_bytes(found.added or 0)
    price = current_runtime().models.price(found.model)
    return {
        "message_id": message_id,
        "user_id": found.user_id,
        "conversation_id": found.conversation_id,
        "model": found.model,
        "input_tokens": read_tokens,
        "output_tokens": written,
        "estimated": is_estimated,
        "cost": read_tokens * price.read + written * price.written if price else None,
        "day": today(),
    }
