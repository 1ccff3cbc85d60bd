"""How long what was looked up about a socket stays true.

Whatever ends a credential commits a control event, which closes the credential's sockets in every
process. So a socket's credential is looked up once: it is valid for as long as this process handles
these events. Where it does not, because it was paused or its database does not answer, it must be
looked up again.
"""

from __future__ import annotations

import time

TRUSTED_SECONDS = 0.75  # less than the second within which a right must have ended


class Revocations:
    """Until when this process has handled the control events, by the monotonic clock."""

    def __init__(self) -> None:
        self._handled_until = float("-inf")
        self._closing_since = float("-inf")

    def closing(self) -> None:
        """Note that sockets are about to be closed: those that are just being opened may be missed,
        and have to be looked up again."""
        self._closing_since = time.monotonic()

    def handled(self, until: float) -> None:
        """Note that all events which were committed before `until` have been handled."""
        self._handled_until = until

    def may_have_missed(self, looked_up_at: float) -> bool:
        """Return whether sockets have been closed since."""
        return self._closing_since >= looked_up_at

    def are_known_since(self, looked_up_at: float) -> bool:
        """Return whether what was true at that time would have been revoked here by now."""
        return max(looked_up_at, self._handled_until) > time.monotonic() - TRUSTED_SECONDS


revocations = Revocations()
