"""Pinned messages: a control event tells the readers of every process what is pinned now."""

from __future__ import annotations

from app.database import write
from app.errors import NotFound
from app.extensions import db
from app.models import Message, pins


def pin(message_id: int, user_id: int, *, on: bool) -> None:
    """Pin a message, or unpin it; that it is so already is no error."""
    write(lambda: _pin(message_id, user_id, on))


def _pin(message_id: int, user_id: int, on: bool) -> None:
    message = db.session.get(Message, message_id)
    if message is None:
        raise NotFound()  # gone since the handler authorized the request
    pins.pin(message.conversation, message_id, user_id, on=on)
