"""Secrets that have to be read again, such as the keys of the models' providers, encrypted at rest.

Fernet: AES-128-CBC with an HMAC of SHA-256, so that nobody can change one unseen. Its keys are
derived from KEYS_SECRET, which may name several: the first one encrypts, and all of them decrypt.
SECRET_KEY decrypts too, and encrypts where KEYS_SECRET is not set.
"""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.config import current_config

PURPOSE = b"midstream: keys of the models' providers"


def encrypt(secret: str) -> str:
    """Return a secret as it is stored."""
    return _fernet().encrypt(secret.encode()).decode("ascii")


def decrypt(stored: str) -> str | None:
    """Return a stored secret; None where none of our keys has encrypted it."""
    try:
        return _fernet().decrypt(stored).decode()
    except InvalidToken:
        return None


def reencrypt(stored: str) -> str | None:
    """Return a stored secret, encrypted with the first of our keys; None as `decrypt` does."""
    try:
        return _fernet().rotate(stored).decode("ascii")
    except InvalidToken:
        return None


def _fernet() -> MultiFernet:
    config = current_config()
    return MultiFernet([_derived(secret) for secret in (*config.keys_secrets, config.secret_key)])


def _derived(secret: str) -> Fernet:
    """Return what encrypts with a secret: 256 bits that say nothing about the secret itself."""
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
