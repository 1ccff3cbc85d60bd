"""A library of an untested version stops the start with one sentence."""

from __future__ import annotations

import re

import pytest

from app.config import ConfigError
from app.transport import versions


def test_the_installed_versions_are_the_tested_ones() -> None:
    versions.check_versions()


@pytest.mark.parametrize("found", ["4.16.0", "5.0.0", "4.1.5"])
def test_another_version_is_a_config_error(monkeypatch: pytest.MonkeyPatch, found: str) -> None:
    installed = versions.version
    others = {"python-engineio": found}
    monkeypatch.setattr(versions, "version", lambda name: others.get(name) or installed(name))
    sentence = f"Unsupported python-engineio {found}: Midstream was tested with 4.15."
    with pytest.raises(ConfigError, match=re.escape(sentence)):
        versions.check_versions()
