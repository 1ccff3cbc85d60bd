"""Secrets that are stored encrypted, and their rotation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from app.encryption import decrypt, encrypt, reencrypt

OLD, NEW = "an older secret of thirty-two characters", "a newer secret of thirty-two characters"

pytestmark = pytest.mark.usefixtures("context")


def use(app: Flask, **settings: Any) -> None:
    app.extensions["config"] = replace(app.extensions["config"], **settings)


def test_what_is_stored_does_not_contain_the_secret(app: Flask) -> None:
    stored = encrypt("sesame")
    assert "sesame" not in stored and stored != encrypt("sesame")
    assert decrypt(stored) == "sesame"
    assert decrypt(stored[:40] + stored[41:] + "A") is None, "it was changed"


def test_the_first_secret_encrypts_and_all_of_them_decrypt(app: Flask) -> None:
    by_secret_key = encrypt("one")
    use(app, keys_secrets=(OLD,))
    by_old = encrypt("two")
    assert (decrypt(by_secret_key), decrypt(by_old)) == ("one", "two")
    use(app, keys_secrets=(NEW, OLD))
    rotated = [reencrypt(by_secret_key), reencrypt(by_old)]
    use(app, keys_secrets=(NEW,), secret_key="another")
    assert [decrypt(each or "") for each in rotated] == ["one", "two"]
    assert [decrypt(by_old), decrypt(by_secret_key), reencrypt(by_old)] == [None] * 3
