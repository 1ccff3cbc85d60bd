"""`deploy/prometheus` and `deploy/grafana` fit the server: a real Prometheus asks it, and answers
each query of the dashboard and of the alerts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from app import counts
from app.metrics import PREFIX
from tests.support.agreement import agreed
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.prometheus import FOLDER, Prometheus, prometheus, promtool
from tests.support.reader import Reader
from tests.support.server import ROOT, Server
from tests.support.services import free_port
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.prometheus]

DASHBOARD = json.loads((ROOT / "deploy" / "grafana" / "midstream.json").read_text("utf-8"))
RULES = yaml.safe_load((FOLDER / "alerts.yml").read_text("utf-8"))["groups"][0]["rules"]
NAME = re.compile(r"\b(midstream_\w+|process_\w+)")
ONLY_WHEN_SOMETHING_FAILS = ("provider_errors", "rate_limited")  # by label: then there is one
SECONDS = 60.0

Read = Callable[..., Reader]


def expressions() -> list[str]:
    """Return what the dashboard and the alerts ask."""
    asked = [target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", ())]
    asked = [each.replace("$__rate_interval", "1m").replace("$instance", ".*") for each in asked]
    return asked + [rule["expr"] for rule in RULES]


@pytest.fixture(scope="module")
def metrics_port() -> int:
    """A port for the metrics."""
    return free_port()


@pytest.fixture(scope="module")
def settings(metrics_port: int) -> dict[str, str]:
    return {"METRICS_PORT": str(metrics_port)}


@pytest.fixture(scope="module")
def asking(server: Server, metrics_port: int, folder: Path) -> Iterator[Prometheus]:
    """A Prometheus that asks the server."""
    with prometheus(folder, f"127.0.0.1:{metrics_port}") as running:
        yield running


def test_every_query_has_an_answer_and_every_metric_exists(
    asking: Prometheus, server: Server, cast: Cast, database: Database, read: Read
) -> None:
    where = database.conversation(cast.olive, cast.max)
    reader = read(cast.max, where)
    reply = reader.send("/think 3 /tokens 20 /rate 100")["reply"]
    assert agreed([reader], reply, database).status == "complete"
    ended = 'midstream_answers_total{status="complete"} > 0'
    eventually(lambda: asking.query(ended), SECONDS, "Prometheus has not asked")

    known = asking.names()
    for expression in expressions():
        found = asking.query(expression)
        assert all(set(series) == {"metric", "value"} for series in found)
        for name in NAME.findall(expression):
            assert name in known or any(each in name for each in ONLY_WHEN_SOMETHING_FAILS), name
    assert asking.query("midstream_readers")[0]["value"]
    rate = 'sum(midstream_first_token_seconds_bucket{model="demo", le="+Inf"})'
    assert asking.query(rate)[0]["value"][1] == "1"
    assert set(asking.alerts().values()) <= {"inactive", "pending"}


def test_a_process_that_is_down_is_noticed(asking: Prometheus, server: Server) -> None:
    alert = RULES[0]
    assert alert["alert"] == "MidstreamDown" and not asking.query(alert["expr"])
    server.stop()
    eventually(lambda: asking.query(alert["expr"]), SECONDS)
    eventually(lambda: asking.alerts()["MidstreamDown"] in ("pending", "firing"), SECONDS)


def test_the_alerts_are_as_promtool_wants_them_and_fire_when_they_should() -> None:
    assert f"{len(RULES)} rules found" in promtool("check", "rules", "alerts.yml")
    promtool("check", "config", "prometheus.yml")
    assert "SUCCESS" in promtool("test", "rules", "alerts_test.yml")


def test_the_dashboard_shows_every_metric() -> None:
    shown = " ".join(expressions())
    for metric in counts.ALL:
        assert PREFIX + metric.name in shown, f"{metric.name} is on no panel"


def test_each_panel_has_its_own_place() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}
    assert len(places) == len(panels)
