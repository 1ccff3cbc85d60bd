"""Finds yields inside a writing transaction: sleeping, emitting or waiting for another thread there
blocks the whole process until SQLite's busy timeout is over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from threading import get_ident
from typing import Any

import pytest
from socketio import Server
from sqlalchemy import Connection, Engine, event

from app import database
from app.background import Background

YIELDS: list[str] = []
threads_that_write: set[int] = set()
assert database, "imported for its listener, which must run before the one below"


@event.listens_for(Engine, "begin")
def _begun(connection: Connection) -> None:
    if connection.get_execution_options().get("sqlite_begin") == "IMMEDIATE":
        threads_that_write.add(get_ident())


@event.listens_for(Engine, "commit")
@event.listens_for(Engine, "rollback")
def _ended(connection: Connection) -> None:
    threads_that_write.discard(get_ident())


def watched(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function; calls inside a writing transaction are added to YIELDS."""

    @wraps(function)
    def watch(*args: Any, **kwargs: Any) -> Any:
        if get_ident() in threads_that_write:
            YIELDS.append(f"{name} inside a transaction that writes")
        return function(*args, **kwargs)

    return watch


@contextmanager
def watching() -> Iterator[None]:
    """Watch all functions by which the app yields, in this process."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("emit", "sleep"):
            patch.setattr(Server, name, watched(name, getattr(Server, name)))
        begin = Background.__init__

        def begin_watched(self: Background, *args: Any) -> None:
            begin(self, *args)
            self.offload = watched("offload", self.offload)

        patch.setattr(Background, "__init__", begin_watched)
        yield
