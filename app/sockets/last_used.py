"""When credentials were last used to connect: collected, and stored together, to the minute."""

from __future__ import annotations

from app.database import write
from app.models import ApiToken, SignIn


class LastUsed:
    """A thousand readers who come back at once cost one write, not a thousand."""

    def __init__(self) -> None:
        self._used: set[tuple[type[SignIn | ApiToken], int]] = set()

    def add(self, credential: SignIn | ApiToken) -> None:
        """Remember that a socket was opened with this."""
        if not credential.was_used_just_now:
            self._used.add((type(credential), credential.id))

    def store(self) -> None:
        """Store them in the database."""
        used, self._used = self._used, set()
        for kind in {kind for kind, _ in used}:
            ids = [key for kind_, key in used if kind_ is kind]
            write(lambda kind=kind, ids=ids: kind.note_use(ids))  # type: ignore[misc]


last_used = LastUsed()
