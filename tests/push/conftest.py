"""A push service, and an app that pushes to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from app.config import PushSettings, new_key, push_settings_from
from app.push import sending
from tests.support.push_service import PushService, push_service

SUBJECT = "mailto:admin@example.org"


@pytest.fixture(scope="session")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[PushService, Path]]:
    folder = tmp_path_factory.mktemp("push")
    with push_service(folder) as service:
        yield service, folder / "certificate.pem"


@pytest.fixture
def service(certified: tuple[PushService, Path], monkeypatch: pytest.MonkeyPatch) -> PushService:
    """A push service that has got nothing yet, and whose certificate is trusted."""
    service, certificate = certified
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setattr(sending, "PAUSES_SECONDS", (0, 0, 0))
    service.pushed.clear()
    service.answers.clear()
    service.received = 0
    return service


@pytest.fixture
def push(app: Flask, service: PushService) -> PushSettings:
    """The app's settings: the push service is at a private address that the operator has named."""
    env = {"VAPID_PRIVATE_KEY": new_key(), "VAPID_SUBJECT": SUBJECT}
    settings = push_settings_from({**env, "PUSH_HOSTS": f"localhost:{service.port}"})
    assert settings
    app.extensions["config"] = replace(app.extensions["config"], push=settings)
    return settings
