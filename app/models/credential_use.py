"""When a credential was last used, to the minute."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import update
from sqlalchemy.orm import Mapped

from app.extensions import db
from app.models.columns import Key, MaybeMoment, now

MINUTE = timedelta(minutes=1)


class Used:
    """What remembers its last use."""

    id: Mapped[Key]
    last_used_at: Mapped[MaybeMoment]

    @property
    def was_used_just_now(self) -> bool:
        """Say whether its last use is noted to the minute."""
        return self.last_used_at is not None and abs(now() - self.last_used_at) < MINUTE

    @classmethod
    def note_use(cls, ids: Iterable[int]) -> None:
        """Note that these are used now, in the caller's transaction."""
        db.session.execute(update(cls).where(cls.id.in_(list(ids))).values(last_used_at=now()))
