"""Runs migrations on the app's own database; `flask db upgrade` comes here."""

from __future__ import annotations

from typing import Any

from alembic import context
from flask import current_app

from app.extensions import db
from app.migrating import exclusive_transaction
from app.models.search_text import is_described


def render_type(kind: str, value: Any, _context: Any) -> str | bool:
    """Write our own column types down as what they are in the database."""
    if kind == "type" and type(value).__module__ == "app.models.columns":
        return f"sa.{value.impl!r}"
    return False


engine = current_app.extensions["migrate"].db.engine
with exclusive_transaction(engine) as connection:
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        render_as_batch=True,  # SQLite alters tables by copying them
        render_item=render_type,
        include_name=is_described,
        compare_type=True,
    )
    context.run_migrations()
engine.dispose()  # the last connection to SQLite moves its log into the database file
