"""The keys that sign sessions and encrypt what has to be read again."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from app.config.variables import ConfigError, Env, names

INSTANCE = Path(__file__).resolve().parents[2] / "instance"
KEY_FILE = "secret_key"
KEY_LENGTH = 32  # characters that such a secret has at least: 128 random bits in hexadecimal


def secret_key_from(env: Env, production: bool) -> str:
    """Return `SECRET_KEY`; in development, where it is not set, this installation's own key."""
    key = env.get("SECRET_KEY")
    if not production:
        return key or _development_key()
    if not key:
        raise ConfigError("SECRET_KEY must be set in production.")
    if len(key) < KEY_LENGTH:
        raise ConfigError(f"SECRET_KEY must have at least {KEY_LENGTH} characters in production.")
    return key


def keys_secrets_from(env: Env) -> tuple[str, ...]:
    """Return `KEYS_SECRET`: what encrypts now, then what did before."""
    found = names(env.get("KEYS_SECRET", "")) or ()
    if any(len(each) < KEY_LENGTH for each in found):
        raise ConfigError(f"KEYS_SECRET must be of at least {KEY_LENGTH} characters.")
    return found


def _development_key() -> str:
    """Return this installation's own key, made on the first run: sessions survive a restart."""
    try:
        key = _stored_key().strip()
    except (OSError, ValueError):
        raise ConfigError(
            f"SECRET_KEY must be set, as instance/{KEY_FILE} can't be written or read."
        ) from None
    if not key:
        raise ConfigError(f"SECRET_KEY must be set, as instance/{KEY_FILE} is empty.")
    return key


def _stored_key() -> str:
    INSTANCE.mkdir(mode=0o700, exist_ok=True)
    path = INSTANCE / KEY_FILE
    if not path.exists():
        with NamedTemporaryFile("w", dir=INSTANCE) as file:  # readable by nobody else
            file.write(secrets.token_hex(32))
            file.flush()
            with suppress(FileExistsError):  # of two first runs at once, one wins
                os.link(file.name, path)
    return path.read_text()
