"""What the lines of a green thread or a thread are about: the request, the conversation, the
message. Each has a context of its own, which is empty when it begins."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextvars import ContextVar
from itertools import count

_NOTHING: Mapping[str, object] = {}
_fields: ContextVar[Mapping[str, object]] = ContextVar("log_context", default=_NOTHING)
_process = os.urandom(3).hex()
_numbers = count(1)


def begin(**fields: object) -> None:
    """Begin something else: from now on lines are about this alone."""
    _fields.set(fields)


def add(**fields: object) -> None:
    """Let the lines that follow be about this, too."""
    _fields.set({**_fields.get(), **fields})


def current() -> Mapping[str, object]:
    """Return what lines are about now."""
    return _fields.get()


def new_request_id() -> str:
    """Return an id for a request, or for an event of a socket."""
    return f"{_process}-{next(_numbers):x}"
