"""Pinned messages: a control event tells the readers of every process what is pinned now."""

from __future__ import annotations

from app.database import write
from app.models import Message, pins


def pin(message_id: int, user_id: int, *, on: bool) -> None:
    """Pin a message, or unpin it; that it is so already is no error."""
    write(lambda: _pin(message_id, user_id, on))


def _pin(message_id: int, user_id: int, on: bool) -> None:
    pins.pin(Message.find(message_id).conversation, message_id, user_id, on=on)
