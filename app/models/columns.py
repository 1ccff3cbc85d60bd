"""Column types that several models share."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import DateTime, Dialect, String, Text
from sqlalchemy.orm import mapped_column
from sqlalchemy.types import TypeDecorator

from app.characters import balanced

PUBLIC_ID = re.compile(r"[0-9a-f]{32}")


class UtcDateTime(TypeDecorator[datetime]):
    """A time in UTC. SQLite does not store the zone; this adds it when a value is read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Return the stored time with its zone."""
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


class Line(TypeDecorator[str]):
    """A name or title. Those that an earlier version stored may have controls to be removed."""

    impl = String
    cache_ok = True

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Return the stored line, without what would reach beyond it."""
        return balanced(value) if value else value


class Names(TypeDecorator[tuple[str, ...]]):
    """Names, each a line of its own; () and NULL are different."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> str | None:
        """Return the names as they are stored."""
        return None if value is None else "\n".join(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...] | None:
        """Return the stored names."""
        if value is None:
            return None
        return tuple(value.split("\n")) if value else ()


class PeopleByEmoji(TypeDecorator[Mapping[str, Sequence[int]]]):
    """Keys of people by emoji, as JSON; {} and NULL are the same."""

    impl = Text
    cache_ok = True

    def process_bind_param(
        self, value: Mapping[str, Sequence[int]] | None, dialect: Dialect
    ) -> str | None:
        """Return the people as they are stored."""
        return json.dumps(value, ensure_ascii=False) if value else None

    def process_result_value(
        self, value: str | None, dialect: Dialect
    ) -> Mapping[str, Sequence[int]]:
        """Return the stored people."""
        return json.loads(value) if value else {}


class Described(TypeDecorator[Sequence[Mapping[str, Any]]]):
    """What readers are told of some things, as JSON; none of them and NULL are the same."""

    impl = Text
    cache_ok = True

    def process_bind_param(
        self, value: Sequence[Mapping[str, Any]] | None, dialect: Dialect
    ) -> str | None:
        """Return the list as it is stored."""
        return json.dumps(list(value), ensure_ascii=False) if value else None

    def process_result_value(
        self, value: str | None, dialect: Dialect
    ) -> Sequence[Mapping[str, Any]]:
        """Return the stored list."""
        return json.loads(value) if value else ()


def now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


def new_public_id() -> str:
    """Return an id that nobody can guess: 128 random bits, in hexadecimal."""
    return secrets.token_hex(16)


def is_public_id(text: str) -> bool:
    """Return whether `text` has the form of a public id. PostgreSQL rejects queries with others."""
    return PUBLIC_ID.fullmatch(text) is not None


# A key must not be used again after its row is deleted: a process that still refers to the old row,
# such as one that was paused, would take the new row for it. SQLite needs to be told.
NEVER_REUSED = {"sqlite_autoincrement": True}

Key = Annotated[int, mapped_column(primary_key=True)]
PublicId = Annotated[str, mapped_column(String(32), unique=True, default=new_public_id)]
Timestamp = Annotated[datetime, mapped_column(UtcDateTime, default=now)]
OptionalTimestamp = Annotated[datetime | None, mapped_column(UtcDateTime)]
