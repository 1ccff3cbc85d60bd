"""The settings of Web Push: the key with which this server signs what it sends (RFC 8292)."""

from __future__ import annotations

import base64
import re
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.config.variables import ConfigError, Env, names

KEY = re.compile(r"[A-Za-z0-9_-]{43}")  # 32 bytes in base64url
SUBJECT = re.compile(r"mailto:[^\s@<>,;:\"]+@[^\s@<>,;:\"]+|https://[A-Za-z0-9.-]+[^\s\"<>]*")
HOST = re.compile(r"[a-z0-9.-]+(:\d{1,5})?|\[[0-9a-f:]+\](:\d{1,5})?")
HTTPS_PORT = 443

BAD_KEY = "VAPID_PRIVATE_KEY must be a key as `flask push keys` prints it."
BAD_SUBJECT = (
    "VAPID_SUBJECT must say whom a push service can turn to: `mailto:admin@example.org`, or an"
    " address that begins with https://."
)
BAD_HOST = "PUSH_HOSTS must be like `push.example.org,10.0.0.7:8443`."


class PushSettings(NamedTuple):
    """`private_key` and `public_key` are points of P-256 in base64url; `subject` is whom a push
    service can turn to, and `hosts` are those with their ports that may have a private address."""

    private_key: str
    public_key: str
    subject: str
    hosts: frozenset[tuple[str, int]] = frozenset()


def push_settings_from(env: Env) -> PushSettings | None:
    """Return the settings in the environment; None where no key is set. An error does not repeat
    the key."""
    key = env.get("VAPID_PRIVATE_KEY", "").strip().rstrip("=")
    if not key:
        return None
    public_key = _public_key(key)
    subject = env.get("VAPID_SUBJECT", "").strip()
    if not SUBJECT.fullmatch(subject):
        raise ConfigError(BAD_SUBJECT)
    return PushSettings(key, public_key, subject, _hosts(env.get("PUSH_HOSTS", "")))


def new_key() -> str:
    """Return a new private key."""
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return _base64url(number.to_bytes(32, "big"))


def _public_key(key: str) -> str:
    if not KEY.fullmatch(key):
        raise ConfigError(BAD_KEY)
    number = int.from_bytes(base64.urlsafe_b64decode(f"{key}="), "big")
    try:
        public = ec.derive_private_key(number, ec.SECP256R1()).public_key()
    except ValueError:
        raise ConfigError(BAD_KEY) from None
    return _base64url(public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def _hosts(text: str) -> frozenset[tuple[str, int]]:
    found = names(text.lower()) or ()
    if not all(HOST.fullmatch(name) for name in found):
        raise ConfigError(BAD_HOST)
    return frozenset(map(_host, found))


def _host(name: str) -> tuple[str, int]:
    host, _, port = name.rpartition(":") if re.search(r":\d+$", name) else (name, "", "")
    return host.strip("[]"), int(port or HTTPS_PORT)


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")
