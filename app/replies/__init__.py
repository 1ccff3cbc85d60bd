"""From a question to the end of its answer."""

from app.replies.branching import branch
from app.replies.offering import reload_models, reload_models_soon
from app.replies.pinning import pin
from app.replies.reacting import Reacted, react, reacted_since
from app.replies.requests import (
    BY_RULE,
    Asks,
    ask,
    choose,
    create,
    create_with,
    edit,
    go_on,
    mark_read,
    retry,
)
from app.replies.runtime import Runtime, current_runtime
from app.replies.stopping import stop

__all__ = [
    "BY_RULE",
    "Asks",
    "Reacted",
    "Runtime",
    "ask",
    "branch",
    "choose",
    "create",
    "create_with",
    "current_runtime",
    "edit",
    "go_on",
    "mark_read",
    "pin",
    "react",
    "reacted_since",
    "reload_models",
    "reload_models_soon",
    "retry",
    "stop",
]
