"""The credentials that sockets were opened with: closing expired ones, and storing their use."""

from __future__ import annotations

from app.database import write
from app.events import rooms
from app.models import ApiToken, SignIn
from app.models.columns import now

EXPIRATION = "midstream.expiration"  # the environ's key of when a socket must be closed

Used = tuple[type[SignIn | ApiToken], int]


def close_expired() -> None:
    """Close this process's sockets whose credential has expired.

    When a credential expires never changes, so the database is not asked. One that ends sooner has
    its sockets closed by a control event.
    """
    at = now()
    for sid in rooms.sockets(None):
        expiration = rooms.handshake_environ(sid).get(EXPIRATION)
        if expiration is not None and expiration <= at:
            rooms.disconnect(sid)  # each socket is in a room of its own, named like it


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


def _by_kind(used: set[Used]) -> dict[type[SignIn | ApiToken], list[int]]:
    kinds = {kind for kind, _ in used}
    return {kind: [key for kind_, key in used if kind_ is kind] for kind in kinds}
