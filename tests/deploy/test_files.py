"""The files in deploy/, the Dockerfile and compose.yaml, held against what reads them. What none of
these tools sees is in docs/deployment.md, under "What was not tried"."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from app.config import Config
from app.config.config import NUMBERS
from tests.support.server import ROOT

SYSTEMD = ROOT / "deploy" / "systemd"
KUBERNETES = ROOT / "deploy" / "kubernetes"
VERSIONS = ("1.30", "1.37")
MOST_EXPOSED = 15  # of 100, by `systemd-analyze security`
END_SECONDS = 12  # that a process takes when it has drained
DRAIN_SECONDS = 30


def documents(path: Path) -> list[Any]:
    return list(yaml.safe_load_all(path.read_text("utf-8")))


@cache
def manifests() -> dict[tuple[str, str], Any]:
    """Return all manifests, by their file and kind."""
    return {
        (path.stem, each["kind"]): each
        for path in KUBERNETES.glob("*.yaml")
        for each in documents(path)
    }


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units, with the programs of this checkout instead of those in /srv/midstream."""
    for path in SYSTEMD.iterdir():
        (tmp_path / path.name).write_text(path.read_text().replace("/srv/midstream", str(ROOT)))
    return tmp_path


def run(*command: object) -> None:
    ran = subprocess.run([str(each) for each in command], capture_output=True, text=True)
    assert ran.returncode == 0 and not ran.stderr, ran.stdout + ran.stderr


def test_systemd_understands_the_units(units: Path) -> None:
    assert shutil.which("systemd-analyze"), "bin/setup-tests installs systemd"
    run("systemd-analyze", "verify", "--man=no", *sorted(units.iterdir()))
    for unit in units.glob("*.service"):
        limit = f"--threshold={MOST_EXPOSED}"
        run("systemd-analyze", "security", "--offline=true", "--no-pager", limit, unit)


def test_all_services_have_the_same_rights_and_the_time_to_drain() -> None:
    services = {path.stem: path.read_text() for path in SYSTEMD.glob("*.service")}
    rights = {text.partition("# What it may write")[2].partition("[Install]")[0].strip()
              for text in services.values()}  # fmt: skip
    assert len(rights) == 1
    for name in ("midstream", "midstream@"):
        found = re.search(r"^TimeoutStopSec=(\d+)$", services[name], re.MULTILINE)
        assert found and int(found[1]) > DRAIN_SECONDS + END_SECONDS
        assert "KillMode=mixed" in services[name]


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    run(Path(sys.executable).parent / "hadolint", "--strict-labels", ROOT / "Dockerfile")


def test_nothing_but_what_the_dockerfile_copies_reaches_the_builder() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    dockerfile = (ROOT / "Dockerfile").read_text()
    copied = {
        source.rstrip("/")
        for line in re.findall(r"^COPY (?!--from)(.*) \S+$", dockerfile, re.MULTILINE)
        for source in line.split()
    }
    allowed = {line[1:] for line in ignored if line.startswith("!")}
    assert ignored[1] == "*"
    assert allowed == (copied - {"app/static"})  # it is below app
    assert all((ROOT / each).exists() for each in copied)


@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_knows_all_that_the_manifests_say(version: str) -> None:
    own = {name: it for name, it in manifests().items() if name[0] != "kustomization"}
    assert len(own) == 7
    for manifest in own.values():
        kubernetes_validate.validate(manifest, version, strict=True)


def test_the_kustomization_names_what_there_is() -> None:
    named = set(manifests()["kustomization", "Kustomization"]["resources"])
    apart = {"kustomization.yaml", "secret.example.yaml", "migrate.yaml"}
    assert named == {path.name for path in KUBERNETES.iterdir()} - apart


def test_a_pod_has_no_rights_the_time_to_drain_and_is_asked_whether_it_serves() -> None:
    pods = {
        name: manifests()[name]["spec"]["template"]["spec"]
        for name in (("deployment", "Deployment"), ("migrate", "Job"))
    }
    for pod in pods.values():
        (container,) = pod["containers"]
        assert pod["securityContext"]["runAsNonRoot"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        user = f"USER {pod['securityContext']['runAsUser']}:{pod['securityContext']['runAsGroup']}"
        assert user in (ROOT / "Dockerfile").read_text()
    pod = pods["deployment", "Deployment"]
    (container,) = pod["containers"]
    waits = int(container["lifecycle"]["preStop"]["exec"]["command"][1])
    assert pod["terminationGracePeriodSeconds"] > waits + DRAIN_SECONDS + END_SECONDS
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"


def test_settings_are_those_that_there_are_and_none_is_a_secret() -> None:
    known = (ROOT / "docs" / "operations.md").read_text()
    example = (ROOT / "deploy" / "midstream.env.example").read_text()
    compose = documents(ROOT / "compose.yaml")[0]
    names = {
        *manifests()["settings", "ConfigMap"]["data"],
        *manifests()["secret.example", "Secret"]["stringData"],
        *re.findall(r"^([A-Z_]+)=", example, re.MULTILINE),
        *compose["x-midstream"]["environment"],
    } - {"POSTGRES_PASSWORD"}
    assert {name for name in names if f"| `{name}` |" not in known} == set()
    assert not re.findall(
        r"^(?:SECRET_KEY|KEYS_SECRET|POSTGRES_PASSWORD)=.+", example, re.MULTILINE
    )
    assert "midstream.env" in (ROOT / ".gitignore").read_text().splitlines()


def test_compose_waits_for_what_each_service_needs() -> None:
    services = documents(ROOT / "compose.yaml")[0]["services"]
    for service in services.values():
        for other, how in service.get("depends_on", {}).items():
            if how["condition"] == "service_healthy":
                assert "healthcheck" in services[other]
    own = services["midstream"]
    assert own["read_only"] and own["cap_drop"] == ["ALL"]
    assert int(own["stop_grace_period"].removesuffix("s")) > DRAIN_SECONDS + END_SECONDS


def test_the_time_to_drain_is_the_default() -> None:
    assert "DRAIN_SECONDS" not in NUMBERS or Config("x").drain_seconds == DRAIN_SECONDS
