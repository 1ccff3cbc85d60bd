"""The metrics of a process, as Prometheus reads them; who may; and their table for operators."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from app import counts
from app.config import MonitoringSettings
from app.metrics import PREFIX, page
from app.models import Status
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.harness import Harness

MONITORING = Path(__file__).parent.parent / "docs" / "monitoring.md"
ROW = re.compile(r"^\| `(midstream_\w+)` \|", re.MULTILINE)
TOKEN = "a token for Prometheus"


def samples(app: Flask) -> dict[str, float]:
    """Return all metrics, by their names with their labels."""
    with app.app_context():
        text = page().get_data(as_text=True)
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sample.labels.items())
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


@pytest.fixture
def token(app: Flask) -> str:
    """The token of the app's settings."""
    config = app.extensions["config"]
    settings = MonitoringSettings(metrics_token=TOKEN)
    app.extensions["config"] = replace(config, monitoring=settings)
    return TOKEN


def test_an_answer_and_its_readers_are_counted(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    before = samples(harness.app)
    reader = harness.reader(cast.max, conversation)
    answer = harness.begin(conversation, cast.olive)
    answer.asked_at = answer.started_at
    assert samples(harness.app)["midstream_answers_streaming"] == 1
    harness.say(answer, "Grüß Gott")
    harness.say(answer, "!")
    answer.end(Status.COMPLETE)
    harness.flush()
    assert "streaming_end" in [event for event, _ in reader.received()]
    now = samples(harness.app)
    assert now["midstream_answers_streaming"] == 0

    def grown(name: str) -> float:
        return now[name] - before.get(name, 0)

    assert grown("midstream_answers_total{status=complete}") == 1
    assert grown("midstream_first_token_seconds_count{model=demo}") == 1
    assert grown("midstream_commits_total") == grown("midstream_entries_total") == 3
    assert grown("midstream_commit_seconds_count") == 3
    assert grown("midstream_token_to_emit_seconds_bucket{le=+Inf}") == 3
    assert grown("midstream_entry_bytes_total") == len("Grüß Gott!".encode())
    assert grown("midstream_joins_total{kind=first}") == 1
    assert grown("midstream_deliveries_total") >= 3


def test_what_is_there_at_this_moment(harness: Harness, cast: Cast) -> None:
    found = samples(harness.app)
    assert found["midstream_readers{transport=websocket}"] == 0
    assert found["midstream_backlog_bytes"] == 0
    assert found["midstream_commit_waiting_seconds"] == 0
    assert found["midstream_database_connections{state=in_use}"] >= 0
    assert found["process_resident_memory_bytes"] > 0


def test_on_the_servers_own_port_there_is_no_such_page_without_the_token(
    client: FlaskClient, app: Flask
) -> None:
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


@pytest.mark.parametrize("given", ["", "Bearer ", "Bearer another token", "Bearer ä", TOKEN[:-1]])
def test_others_do_not_see_it(client: FlaskClient, token: str, given: str) -> None:
    found = client.get("/metrics", headers={"Authorization": given.encode().decode("latin-1")})
    assert found.status_code == 404 and b"midstream_" not in found.data


def test_who_has_the_token_sees_it(client: FlaskClient, token: str) -> None:
    found = client.get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert found.status_code == 200 and b"midstream_entries_total" in found.data
    assert found.content_type.startswith("text/plain; version=0.0.4")


def test_requests_and_refusals_are_counted(
    client: FlaskClient, app: Flask, cast: Cast, database: Database
) -> None:
    before = samples(app)
    client.get("/login")
    client.get("/nowhere")
    now = samples(app)
    for name in ("requests_total{status=2xx}", "requests_total{status=4xx}"):
        assert now[f"midstream_{name}"] - before[f"midstream_{name}"] == 1
    assert now["midstream_request_seconds_count"] - before["midstream_request_seconds_count"] == 2


def test_the_table_for_operators_has_all_metrics() -> None:
    listed = ROW.findall(MONITORING.read_text("utf-8"))
    assert listed == [PREFIX + each.name for each in counts.ALL]


def test_a_kind_of_metric_without_a_format_is_an_error(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counts, "ALL", [])
    counts.Metric("odd", "Odd.")
    with pytest.raises(TypeError):
        samples(app)
