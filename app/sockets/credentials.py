"""The credentials that sockets were opened with: closing expired ones, and storing their use."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Lock
from typing import Any

from app.database import write
from app.events import rooms
from app.models.columns import now
from app.models.credential import Credential, FoundCredential, was_just_now

EXPIRATION = "midstream.expiration"  # the environ's key of when a socket must be closed
NEVER = datetime.max.replace(tzinfo=UTC)

Used = tuple[type[Credential], int]


class Expirations:
    """Closes this process's sockets whose credential has expired.

    When a credential expires never changes, so the database is not asked. One that ends sooner has
    its sockets closed by a control event. The sockets are looked through only when the next one is
    due, not each second.
    """

    def __init__(self) -> None:
        self._next = NEVER  # no socket expires before
        self._lock = Lock()

    def add(self, environ: dict[str, Any], expires_at: datetime | None) -> None:
        """Keep when a socket must be closed, in the environ of its handshake. It is in its rooms
        already."""
        environ[EXPIRATION] = expires_at or NEVER
        self._close_at(environ[EXPIRATION])

    def close_due(self) -> None:
        """Close the sockets that have expired.

        One that could not be closed, because it was just being accepted, is met again next time.
        """
        at = now()
        with self._lock:
            if at < self._next:
                return
            self._next = NEVER
        sids = rooms.sockets(None)
        found = {sid: rooms.handshake_environ(sid).get(EXPIRATION, NEVER) for sid in sids}
        self._close_at(min(found.values(), default=NEVER))
        for sid, expiration in found.items():
            if expiration <= at:
                rooms.disconnect(sid)  # each socket is in a room of its own, named like it

    def _close_at(self, expiration: datetime) -> None:
        with self._lock:
            self._next = min(self._next, expiration)


class CredentialUses:
    """Collects uses and stores them together: a thousand readers who reconnect at once cost one
    write, not a thousand."""

    def __init__(self) -> None:
        self._used: set[Used] = set()

    def add(self, credential: FoundCredential) -> None:
        """Remember that a socket was opened with this credential."""
        if not was_just_now(credential.last_used_at):
            self._used.add((credential.kind, credential.id))

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
expirations = Expirations()


def _store(used: set[Used]) -> None:
    for kind, ids in _by_kind(used).items():
        kind.store_use(ids)


def _by_kind(used: set[Used]) -> dict[type[Credential], list[int]]:
    kinds = {kind for kind, _ in used}
    return {kind: [key for kind_, key in used if kind_ is kind] for kind in kinds}
