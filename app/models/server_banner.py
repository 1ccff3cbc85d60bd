"""A banner that administrators show to everybody: a sentence, until a time or until it is removed.

It has nothing to do with the banner in which a page says what is wrong with its connection.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from app.models import audit
from app.models.columns import new_public_id, now
from app.models.control_event import SETTINGS_ROOM, ControlEvent, Kind
from app.models.server_setting import ServerSetting

SETTING = "banner"
BANNER_LENGTH = 300


class BannerKind(StrEnum):
    """How urgent it is."""

    INFORMATION = "information"
    WARNING = "warning"


class ServerBanner(NamedTuple):
    """A banner; whoever has hidden it sees it again when its id is another one."""

    id: str
    text: str
    kind: str
    until: datetime | None

    @property
    def is_over(self) -> bool:
        """Return whether its time is over."""
        return self.until is not None and self.until <= now()

    @classmethod
    def read(cls) -> ServerBanner | None:
        """Return the banner that is set."""
        stored: dict[str, Any] | None = ServerSetting.find(SETTING)
        if stored is None:
            return None
        until = stored.pop("until")
        return cls(until=until and datetime.fromisoformat(until), **stored)

    @classmethod
    def store(cls, text: str, kind: BannerKind, until: datetime | None) -> None:
        """Show another banner to everybody, in the caller's transaction."""
        about = {"id": new_public_id(), "text": text, "kind": kind}
        _store({**about, "until": until and until.isoformat()}, text)

    @classmethod
    def remove(cls) -> None:
        """Show none any more, in the caller's transaction."""
        _store(None, "removed")


def _store(value: dict[str, Any] | None, what: str) -> None:
    ServerSetting.store(SETTING, value)
    ControlEvent.post(Kind.SETTINGS, SETTINGS_ROOM)
    audit.record(audit.Kind.BANNER, detail=what)
