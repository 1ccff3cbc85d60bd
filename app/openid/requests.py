"""Requests to a provider: within seconds, and of a size that is bounded."""

from __future__ import annotations

import json
import logging
from typing import Any
from urllib.parse import urlsplit

from app.errors import DomainError, Unavailable
from app.providers.base import ProviderError
from app.providers.call import Call, TimeLimits
from app.providers.errors import FAILURES
from app.providers.http_request import Headers, get, post_bytes

logger = logging.getLogger(__name__)

LIMITS = TimeLimits(connect=5, read=5, total=10)
MOST_BYTES = 500_000
LOCAL = ("localhost", "127.0.0.1", "::1")


class ProviderDown(Unavailable):
    """The provider can't be reached, is too slow, or sends what can't be read."""


class Refused(DomainError):
    """What the provider has sent signs nobody in."""

    code = "unauthorized"
    http_status = 422


def get_json(name: str, url: str, headers: Headers | None = None) -> dict[str, Any]:
    """Return the JSON object at an address of the provider called so. Raises ProviderDown."""
    return _json(name, lambda call: get(url, "", headers or {}, call))


def post_form(name: str, url: str, headers: Headers, body: str) -> dict[str, Any]:
    """Return the JSON object with which the provider answers a form. Raises ProviderDown."""
    return _json(name, lambda call: post_bytes(url, headers, body.encode(), call))


def is_safe(url: str, issuer: str) -> bool:
    """Return whether an address may be asked: over TLS, or on this machine if the issuer is."""
    try:
        parts = urlsplit(url)
        is_local = parts.hostname in LOCAL and urlsplit(issuer).hostname in LOCAL
    except ValueError:
        return False
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and is_local)
    )


def _json(name: str, request: Any) -> dict[str, Any]:
    try:
        with request(Call(LIMITS)) as body:
            data = b""
            while (more := body.read()) and len(data) <= MOST_BYTES:
                data += more
        decoded = json.loads(data) if len(data) <= MOST_BYTES else None
    except (*FAILURES, ProviderError) as error:
        logger.warning("The OpenID provider failed: %s", type(error).__name__)
        raise ProviderDown(f"{name} can't be reached at the moment. Please try again.") from None
    if not isinstance(decoded, dict):
        logger.warning("The OpenID provider sent %d bytes that are no JSON object.", len(data))
        raise ProviderDown(f"{name} sent something that can't be read. Please try again later.")
    return decoded
