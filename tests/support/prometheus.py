"""A real Prometheus with the configuration of `deploy/prometheus`, and what it is asked."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from tests.support.server import ROOT
from tests.support.services import free_port
from tests.support.waiting import eventually

FOLDER = ROOT / "deploy" / "prometheus"
START_SECONDS = 60.0


class Prometheus:
    """One that runs."""

    def __init__(self, url: str) -> None:
        self.url = url

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the series that an expression has now; AssertionError where it is not valid."""
        answer = self._get("query", query=expression)
        assert answer["status"] == "success", f"{expression}: {answer.get('error')}"
        found: list[dict[str, Any]] = answer["data"]["result"]
        return found

    def names(self) -> set[str]:
        """Return the names of all metrics that it has seen."""
        return set(self._get("label/__name__/values")["data"])

    def alerts(self) -> dict[str, str]:
        """Return the state of each rule by its name."""
        groups = self._get("rules")["data"]["groups"]
        return {rule["name"]: rule["state"] for group in groups for rule in group["rules"]}

    def _get(self, path: str, **parameters: str) -> dict[str, Any]:
        answer = requests.get(f"{self.url}/api/v1/{path}", params=parameters, timeout=20)
        found: dict[str, Any] = answer.json()
        return found


def promtool(*arguments: str) -> str:
    """Run `promtool` in the folder of the alerts; return what it prints."""
    _require("promtool")
    ran = subprocess.run(
        ["promtool", *arguments], cwd=FOLDER, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@contextmanager
def prometheus(folder: Path, *targets: str) -> Iterator[Prometheus]:
    """Run Prometheus with our configuration, but for the targets and its haste."""
    _require("prometheus")
    settings = yaml.safe_load((FOLDER / "prometheus.yml").read_text("utf-8"))
    settings["global"] = dict.fromkeys(settings["global"], "1s")
    settings["scrape_configs"][0]["static_configs"] = [{"targets": list(targets)}]
    (folder / "prometheus.yml").write_text(yaml.safe_dump(settings), "utf-8")
    shutil.copy(FOLDER / "alerts.yml", folder)
    port = free_port()
    words = [
        "prometheus",
        f"--config.file={folder}/prometheus.yml",
        f"--storage.tsdb.path={folder}/data",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(words, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        eventually(lambda: _is_ready(url), START_SECONDS, "Prometheus has not started")
        yield Prometheus(url)
    finally:
        process.terminate()
        process.wait(START_SECONDS)


def _is_ready(url: str) -> bool:
    try:
        return requests.get(f"{url}/-/ready", timeout=5).ok
    except requests.ConnectionError:
        return False


def _require(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
