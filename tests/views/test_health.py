"""Health checks."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from app.config import Config
from app.database_failures import SILENT_LOOKS
from app.providers import Text
from app.replies import in_flight
from app.replies.generation import add_event
from app.views import health
from app.views.health import COMMIT_SECONDS, LEAVING, SILENT
from tests.support.browser import Browser
from tests.support.cast import Cast
from tests.support.harness import Harness


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_healthy_process_responds_ok_without_sign_in(nobody: Browser, path: str) -> None:
    answer = nobody.open(path)
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_without_its_database_a_process_is_healthy_but_not_ready(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"sqlite:///{tmp_path}/no/such/folder/lost.sqlite3"
    lost = Browser(create_app(Config("a key", database_url=url, models=("demo",))))
    assert lost.open("/healthz").status_code == 200
    answer = lost.open("/readyz")
    refusal = {"status": "unavailable", "reason": "The database can't be used."}
    assert (answer.status_code, answer.json) == (503, refusal)
    assert "Traceback" not in caplog.text


def test_with_a_database_that_answers_nothing_it_is_not_ready_and_does_not_ask(
    nobody: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "find", lambda *_, **__: pytest.fail("it has asked"))
    monkeypatch.setattr(health.database_failures.watch, "_looks", SILENT_LOOKS)
    answer = nobody.open("/readyz")
    assert (answer.status_code, answer.json["reason"]) == (503, health.NO_DATABASE)


def test_without_its_redis_a_process_is_ready_and_says_so(app: Flask) -> None:
    """It does not ask Redis: nobody waits for that."""
    config = replace(app.extensions["config"], redis_url="redis://127.0.0.1:1/0")
    nobody = Browser(create_app(config))
    assert nobody.open("/readyz").json == {"status": "ok"}
    nobody.app.extensions["redis"].health.is_silent = True
    answer = nobody.open("/readyz")
    assert (answer.status_code, answer.json) == (200, {"status": "degraded", "reason": SILENT})


def test_a_process_whose_answers_wait_to_be_committed_is_not_ready(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monitor = Browser(harness.app)
    group_commit = harness.runtime.group_commit
    answer = harness.begin(conversation, cast.olive)
    began = time.monotonic()
    monkeypatch.setattr(in_flight.time, "monotonic", lambda: began - COMMIT_SECONDS - 1)
    add_event(answer, Text("One "))
    harness.flush()
    assert monitor.open("/readyz").status_code == 200, "nothing waits"
    add_event(answer, Text("two "))
    monkeypatch.undo()
    add_event(answer, Text("three."))

    assert COMMIT_SECONDS < group_commit.waiting_seconds() < COMMIT_SECONDS + 60
    refused = monitor.open("/readyz")
    assert refused.status_code == 503
    assert refused.json == {
        "status": "unavailable",
        "reason": "Answers have waited for more than 10 s to be committed.",
    }
    assert monitor.open("/healthz").status_code == 200
    group_commit.note_write()
    assert monitor.open("/readyz").status_code == 503, (
        "a lease can be renewed, but nothing committed"
    )

    harness.flush()
    assert group_commit.waiting_seconds() == 0
    assert monitor.open("/readyz").status_code == 200


def test_a_process_with_one_answer_that_waits_alone_is_ready(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = harness.begin(conversation, cast.olive)
    other = harness.begin(harness.database.conversation(cast.olive), cast.olive)
    began = time.monotonic()
    monkeypatch.setattr(in_flight.time, "monotonic", lambda: began - COMMIT_SECONDS - 1)
    add_event(waiting, Text("One "))
    monkeypatch.undo()
    waiting.retry_at = began + 60  # as while its row is locked
    assert Browser(harness.app).open("/readyz").status_code == 503
    add_event(other, Text("two."))
    harness.flush()
    assert harness.runtime.group_commit.waiting_seconds() > COMMIT_SECONDS
    assert Browser(harness.app).open("/readyz").status_code == 200


def test_a_process_whose_readers_are_sent_away_is_not_ready(harness: Harness) -> None:
    harness.runtime.refuses_sockets = True
    monitor = Browser(harness.app)
    refused = monitor.open("/readyz")
    assert refused.status_code == 503
    assert refused.json == {"status": "unavailable", "reason": LEAVING}
    assert monitor.open("/healthz").status_code == 200
