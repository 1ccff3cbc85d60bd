"""Answering: from a question to the last entry of its answer's log."""

from app.replies.desks import Desk, desk
from app.replies.editing import edit
from app.replies.turns import ask, retry, stop

__all__ = ["Desk", "ask", "desk", "edit", "retry", "stop"]
