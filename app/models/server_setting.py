"""What administrators set for the whole server, as JSON by name; and what is done once for all
processes."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Base, db
from app.models.columns import UtcDateTime, now


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
        row = db.session.get(cls, name, with_for_update=True)
        if row is None:
            row = cls(name=name)
            db.session.add(row)
        row.value, row.changed_at = json.dumps(value, ensure_ascii=False), now()
        db.session.flush()

    @classmethod
    def claim(cls, name: str, interval: timedelta) -> bool:
        """Return whether something is due that is done once in this time by one of the processes;
        then it is this one's, from the caller's transaction on."""
        row = db.session.get(cls, name, with_for_update=True, populate_existing=True)
        if row is not None and row.changed_at > now() - interval:
            return False
        cls.store(name, None)
        return True
