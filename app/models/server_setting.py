"""What administrators set for the whole server, as JSON by name; and what is done once for all
processes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Executable, String, Text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Base, db
from app.models.columns import UtcDateTime, now

NEVER = datetime(2000, 1, 1, tzinfo=UTC)


class ServerSetting(Base):
    """One setting, and when it was changed."""

    __tablename__ = "server_setting"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @classmethod
    def find(cls, name: str) -> Any:
        """Return a setting's value; None where nothing is set."""
        row = db.session.get(cls, name)
        return None if row is None else json.loads(row.value)

    @classmethod
    def store(cls, name: str, value: Any) -> None:
        """Set it, in the caller's transaction; None: to nothing."""
        row = cls.locked(name)
        row.value, row.changed_at = json.dumps(value, ensure_ascii=False), now()
        db.session.flush()

    @classmethod
    def claim(cls, name: str, interval: timedelta) -> bool:
        """Return whether something is due that is done once in this time by one of the processes;
        then it is this one's, from the caller's transaction on."""
        row = cls.locked(name)
        if row.changed_at > now() - interval:
            return False
        row.changed_at = now()
        return True

    @classmethod
    def locked(cls, name: str) -> ServerSetting:
        """Return a setting, and let no other transaction have it before the commit. One that is
        not set is added first: a row that isn't there can't be locked."""
        db.session.execute(_added(name))
        return db.session.get_one(cls, name, with_for_update=True, populate_existing=True)


def _added(name: str) -> Executable:
    """Insert a setting that says nothing, unless there is one."""
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    row = insert(ServerSetting).values(name=name, value="null", changed_at=NEVER)
    return row.on_conflict_do_nothing()
