"""Encrypts what is pushed for one browser (RFC 8291), and signs for its push service (RFC 8292)."""

from __future__ import annotations

import base64
import time

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02

from app.config import PushSettings
from app.push.endpoint import Endpoint

POINT_BYTES, SECRET_BYTES = 65, 16
SIGNATURE_SECONDS = 12 * 3600  # half of what RFC 8292 allows


class BadKeys(ValueError):
    """These are no keys of a subscription."""


def encrypted(payload: bytes, p256dh: str, auth: str) -> bytes:
    """Return a payload that the browser with these keys can decrypt, and nobody between.

    Raises BadKeys.
    """
    receiver, secret = keys(p256dh, auth)
    sender = ec.generate_private_key(ec.SECP256R1())
    encrypt = http_ece.encrypt
    return bytes(encrypt(payload, private_key=sender, dh=receiver, auth_secret=secret))


def keys(p256dh: str, auth: str) -> tuple[bytes, bytes]:
    """Return the keys of a subscription, which are in base64url. Raises BadKeys."""
    try:
        receiver, secret = _decoded(p256dh), _decoded(auth)
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), receiver)
    except ValueError:
        raise BadKeys() from None
    if len(receiver) != POINT_BYTES or len(secret) != SECRET_BYTES:
        raise BadKeys()
    return receiver, secret


def authorization(endpoint: Endpoint, settings: PushSettings) -> str:
    """Return the header with which a push service knows who sends."""
    claims = {
        "aud": endpoint.origin,
        "exp": int(time.time()) + SIGNATURE_SECONDS,
        "sub": settings.subject,
    }
    signed = Vapid02.from_raw(settings.private_key.encode()).sign(claims)
    return str(signed["Authorization"])


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
