"""Column types that several models share."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import DateTime, Dialect, String
from sqlalchemy.orm import mapped_column
from sqlalchemy.types import TypeDecorator

PUBLIC_ID = re.compile(r"[0-9a-f]{32}")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC; SQLite would otherwise forget the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Return the stored moment with its zone."""
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


def new_public_id() -> str:
    """Return a name for the outside that nobody can guess: 128 random bits, in hex."""
    return secrets.token_hex(16)


def is_public_id(text: str) -> bool:
    """Say whether `text` could be one; what could not may not even be fit for the database."""
    return PUBLIC_ID.fullmatch(text) is not None


# A key must not come back after its row is gone: what still knows the old row, such as a process
# that was paused, would take the new one for it. SQLite promises that only when asked.
NEVER_REUSED = {"sqlite_autoincrement": True}

Key = Annotated[int, mapped_column(primary_key=True)]
PublicId = Annotated[str, mapped_column(String(32), unique=True, default=new_public_id)]
Moment = Annotated[datetime, mapped_column(UtcDateTime, default=now)]
MaybeMoment = Annotated[datetime | None, mapped_column(UtcDateTime)]
