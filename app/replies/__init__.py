"""From a question to the end of its answer."""

from app.replies.requests import ask, choose, create, edit, mark_read, retry, stop
from app.replies.runtime import Runtime, current_runtime

__all__ = [
    "Runtime",
    "ask",
    "choose",
    "create",
    "current_runtime",
    "edit",
    "mark_read",
    "retry",
    "stop",
]
