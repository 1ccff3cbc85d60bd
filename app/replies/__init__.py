"""Answering: from a question to the last entry of its answer's log."""

from app.replies.editing import edit
from app.replies.requests import ask, retry, stop
from app.replies.runtime import Runtime, current_runtime

__all__ = ["Runtime", "ask", "current_runtime", "edit", "retry", "stop"]
