"""What a provider says of itself: its addresses and its keys.
https://openid.net/specs/openid-connect-discovery-1_0.html"""

from __future__ import annotations

import logging
import time
from typing import Any, NamedTuple

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from app.background import offload
from app.openid.requests import Refused, get_json, is_safe

logger = logging.getLogger(__name__)

ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
BROKEN = "{name} is not set up in a way that can be used here."


class Metadata(NamedTuple):
    """What a provider says of itself, and when it did, by the monotonic clock."""

    values: dict[str, Any]
    keys: KeySet
    at: float

    @property
    def age(self) -> float:
        """Return how many seconds ago that was."""
        return time.monotonic() - self.at


def discover(name: str, issuer: str) -> Metadata:
    """Ask a provider. Raises ProviderDown, and Refused where it is another one or not usable."""
    values = get_json(name, f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    endpoints = [values.get(each) for each in ENDPOINTS]
    is_usable = all(isinstance(each, str) and is_safe(each, issuer) for each in endpoints)
    if values.get("issuer") != issuer or not is_usable:
        raise _broken(name, "its configuration is that of another issuer, or not complete")
    found = get_json(name, values["jwks_uri"])
    try:
        keys = offload(KeySet.import_key_set, found)
    except (JoseError, ValueError, KeyError, TypeError, AttributeError):
        raise _broken(name, "its keys can't be read") from None
    return Metadata(values, keys, time.monotonic())


def _broken(name: str, what: str) -> Refused:
    logger.error("The OpenID provider can't be used: %s.", what)
    return Refused(BROKEN.format(name=name))
