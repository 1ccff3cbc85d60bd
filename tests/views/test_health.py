"""For those who watch over the process."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from app.config import Config
from tests.support.browser import Browser


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_process_in_health_says_so_to_anybody(nobody: Browser, path: str) -> None:
    answer = nobody.open(path)
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_without_its_database_it_lives_but_is_not_ready(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"sqlite:///{tmp_path}/no/such/folder/lost.sqlite3"
    lost = Browser(create_app(Config("a key", database_url=url, models=("demo",))))
    assert lost.open("/healthz").status_code == 200
    answer = lost.open("/readyz")
    assert (answer.status_code, answer.json) == (503, {"status": "unavailable"})
    assert "Not ready" in caplog.text


def test_without_its_redis_it_lives_but_is_not_ready(app: Flask, nobody: Browser) -> None:
    app.extensions["config"] = replace(app.extensions["config"], redis_url="redis://127.0.0.1:1/0")
    assert nobody.open("/healthz").status_code == 200
    assert nobody.open("/readyz").status_code == 503
