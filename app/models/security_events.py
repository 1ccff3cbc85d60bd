"""What an operator may want to look up about accounts: who has signed in how, and what has changed
about that. A line of the log for each, without secrets."""

from __future__ import annotations

import logging
from enum import StrEnum

logger = logging.getLogger(__name__)
logger.setLevel(logging.INFO)  # these are no warnings, and have to be in the log all the same


class Event(StrEnum):
    """What has happened to an account."""

    SIGNED_IN = "sign-in"
    CODE_REFUSED = "second-factor-refused"
    RECOVERY_CODE_USED = "recovery-code-used"
    SECOND_FACTOR_SET_UP = "second-factor-set-up"
    SECOND_FACTOR_REMOVED = "second-factor-removed"
    RECOVERY_CODES_MADE = "recovery-codes-made"
    PASSKEY_ADDED = "passkey-added"
    PASSKEY_REMOVED = "passkey-removed"
    PASSKEY_COPIED = "passkey-copied"  # its counter says so
    OPENID_CONNECTED = "openid-connected"
    OPENID_DISCONNECTED = "openid-disconnected"
    OPENID_REFUSED = "openid-refused"  # what a provider has sent could not be verified


def note(event: Event, about: int | None, detail: str = "") -> None:
    """Note an event about the user with this key, in the transaction in which it happens."""
    logger.info("Security: %s of user %s %s", event, about, detail)
