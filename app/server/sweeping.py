"""Removes deleted and unused conversations for good, a few messages in each transaction, and goes
on where a process has ended while it deleted a person."""

from __future__ import annotations

from app.database import read, write
from app.extensions import socketio
from app.models import sweeping
from app.models.deleting import leave_all, leaving


def sweep_conversations() -> None:
    """Remove what has been gone for a while, until there is nothing left to remove."""
    for conversation_id in read(sweeping.swept):
        while write(lambda key=conversation_id: sweeping.remove_some(key)):  # type: ignore[misc]
            socketio.sleep(0)  # the texts of others are committed in between


def sweep_people() -> None:
    """Take deleted accounts out of the conversations in which they are yet."""
    for user_id in read(leaving):
        leave_all(user_id)
