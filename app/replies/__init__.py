"""From a question to the end of its answer."""

from app.replies.offering import reload_models, reload_models_soon
from app.replies.requests import (
    BY_RULE,
    Asks,
    ask,
    choose,
    create,
    create_with,
    edit,
    mark_read,
    retry,
    stop,
)
from app.replies.runtime import Runtime, current_runtime

__all__ = [
    "BY_RULE",
    "Asks",
    "Runtime",
    "ask",
    "choose",
    "create",
    "create_with",
    "current_runtime",
    "edit",
    "mark_read",
    "reload_models",
    "reload_models_soon",
    "retry",
    "stop",
]
