"""Trying once more what has failed in company, on suites of its own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.together import MOST_AGAIN

pytestmark = pytest.mark.system

pytest_plugins = ["pytester"]

START = 'import os, pytest\n\nin_company = "PYTEST_XDIST_WORKER" in os.environ\n\n'
MISSES = "def test_misses(): assert not in_company"
PASSES = "def test_passes(): assert in_company"
FAILS = "def test_fails(): assert False"
SKIPS = "def test_skips(): assert not in_company and pytest.skip('no server')"
DIES = "def test_dies(): in_company and os._exit(1)"
IS_LOST = "if in_company: import no_such_package"
MANY = "\n".join(MISSES.replace("misses", f"misses_{number}") for number in range(MOST_AGAIN))
SENTENCE = "Passed only when alone: test_0.py::test_misses"
AGAIN = "Once more by itself:"


@pytest.fixture
def notes(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Path:
    notes = pytester.path / "notes"
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    for name, value in {
        "PYTHONPATH": str(Path(__file__).parent.parent),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # it starts in half the time
        "PYTEST_PLUGINS": "xdist.plugin,pytest_cov.plugin",
        "PYTEST_XDIST_AUTO_NUM_WORKERS": "1",
        "PASSED_ONLY_WHEN_ALONE": str(notes),
    }.items():
        monkeypatch.setenv(name, value)
    return notes


def together(pytester: pytest.Pytester, *modules: str) -> pytest.RunResult:
    pytester.makepyfile(**{f"test_{at}": START + module for at, module in enumerate(modules)})
    return pytester.run(sys.executable, "-m", "tests.together")


def test_what_has_missed_its_moment_is_tried_again_and_nothing_else(
    pytester: pytest.Pytester, notes: Path
) -> None:
    result = together(pytester, MISSES, PASSES)
    assert result.ret == 0
    assert (result.outlines[-1], notes.read_text()) == (SENTENCE, f"{SENTENCE}\n")


def test_where_all_pass_there_is_no_second_run(pytester: pytest.Pytester, notes: Path) -> None:
    result = together(pytester, PASSES)
    assert result.ret == 0
    assert AGAIN not in result.outlines
    assert not notes.exists()


@pytest.mark.parametrize("other", [FAILS, SKIPS])
def test_what_does_not_pass_alone_either_has_failed(
    pytester: pytest.Pytester, notes: Path, other: str
) -> None:
    result = together(pytester, MISSES, other)
    assert result.ret == 1
    assert AGAIN in result.outlines
    assert not notes.exists()


@pytest.mark.parametrize("fault", [DIES, IS_LOST, MANY])
@pytest.mark.usefixtures("notes")
def test_where_it_was_not_just_a_moment_nothing_is_tried_again(
    pytester: pytest.Pytester, fault: str
) -> None:
    result = together(pytester, MISSES, fault)
    assert result.ret == 1
    assert AGAIN not in result.outlines
