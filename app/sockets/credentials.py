"""The credentials that sockets were opened with: closing the expired ones, and noting their use."""

from __future__ import annotations

from app.database import read, write
from app.events import rooms
from app.extensions import db
from app.models import ApiToken, SignIn

CREDENTIAL = "midstream.credential"  # the environ's key of a socket's (class, id)

Used = tuple[type[SignIn | ApiToken], int]


def close_expired() -> None:
    """Close this process's sockets whose credential has expired."""
    environs = [rooms.handshake_environ(sid) for sid in rooms.sockets(None)]
    used = {each[CREDENTIAL] for each in environs if CREDENTIAL in each}
    for room in read(lambda: _expired(used)) if used else []:
        rooms.disconnect(room)


class CredentialUses:
    """Collects uses and stores them together: a thousand readers who reconnect at once cost one
    write, not a thousand."""

    def __init__(self) -> None:
        self._used: set[Used] = set()

    def add(self, credential: SignIn | ApiToken) -> None:
        """Remember that a socket was opened with this credential."""
        if not credential.was_used_just_now:
            self._used.add((type(credential), credential.id))

    def store(self) -> None:
        """Store the uses, to the minute. Where that fails they are kept for the next time."""
        used, self._used = self._used, set()
        if not used:
            return
        try:
            write(lambda: _store(used))
        except Exception:
            self._used |= used
            raise


credential_uses = CredentialUses()


def _store(used: set[Used]) -> None:
    for kind, ids in _by_kind(used).items():
        kind.store_use(ids)


def _expired(used: set[Used]) -> list[str]:
    found = [db.session.scalars(kind.expired(ids)) for kind, ids in _by_kind(used).items()]
    return [credential.room for credentials in found for credential in credentials]


def _by_kind(used: set[Used]) -> dict[type[SignIn | ApiToken], list[int]]:
    kinds = {kind for kind, _ in used}
    return {kind: [key for kind_, key in used if kind_ is kind] for kind in kinds}
