"""What a token or a sign-in has opened ends with it, though nobody ends it but the clock."""

from __future__ import annotations

from app.database import read
from app.events import emit
from app.extensions import db
from app.models import ApiToken, SignIn

CREDENTIAL = "midstream.credential"  # where a connection's handshake keeps which one it was


def close_expired() -> None:
    """Close this process's sockets whose credential is too old."""
    handshakes = [emit.handshake(sid) for sid in emit.sockets(None)]
    live = {each[CREDENTIAL] for each in handshakes if CREDENTIAL in each}
    for room in read(lambda: _expired(live)) if live else []:
        emit.disconnect(room)


def _expired(live: set[tuple[type[ApiToken | SignIn], int]]) -> list[str]:
    rooms = []
    for kind in (ApiToken, SignIn):
        ids = [key for kind_, key in live if kind_ is kind]
        rooms += [found.room for found in db.session.scalars(kind.expired(ids))]
    return rooms
