"""The id of a deployment: of all processes that use one database, and of nobody else."""

from __future__ import annotations

from app.database import read, write
from app.models.columns import new_public_id
from app.models.server_setting import ServerSetting

SETTING = "deployment"


def deployment_id() -> str:
    """Return the id, which is made when it is asked for the first time, and never changes."""
    return _stored() or write(_make)


def _stored() -> str | None:
    found: str | None = read(lambda: ServerSetting.find(SETTING))
    return found


def _make() -> str:
    """Return that of another process where one makes it at the same moment."""
    ServerSetting.locked(SETTING)
    found: str = ServerSetting.find(SETTING) or new_public_id()
    ServerSetting.store(SETTING, found)
    return found
