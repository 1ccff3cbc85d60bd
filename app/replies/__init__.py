"""Answering: from a question to the last entry of its answer's log."""

from app.replies.editing import edit
from app.replies.runtime import Runtime, current_runtime
from app.replies.turns import ask, retry, stop

__all__ = ["Runtime", "ask", "current_runtime", "edit", "retry", "stop"]
