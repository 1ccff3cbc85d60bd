"""Rows that were looked up before, and may have gone since."""

from __future__ import annotations

from typing import Any, TypeVar

from app.errors import NotFound
from app.extensions import db

T = TypeVar("T")
FOR_CHANGE: dict[str, Any] = {"key_share": True}  # rows that refer to it can be added meanwhile


def find_row(model: type[T], key: int, **options: Any) -> T:
    """Return the row with this key; NotFound if it is gone since it was looked up. `options` are
    those of SQLAlchemy's `Session.get`, such as `with_for_update`."""
    row = db.session.get(model, key, **options)
    if row is None:
        raise NotFound()
    return row
