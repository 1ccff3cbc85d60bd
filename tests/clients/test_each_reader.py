"""Each reader alone: its own tests pass, and wrong usage is reported.

tests/js/vectors.test.js tests the rule in JavaScript.
"""

from __future__ import annotations

import subprocess

import pytest

from tests.clients.command import ROOT, Command
from tests.clients.readers import LANGUAGES, PRESENT, needs

pytestmark = pytest.mark.system

SECONDS = 100.0


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in LANGUAGES if LANGUAGES[name].tests])
def test_the_rule_passes_the_vectors(name: str) -> None:
    language = needs(name)
    ran = subprocess.run(
        language.tests,
        cwd=ROOT / language.folder,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("name", LANGUAGES)
def test_it_runs_in_the_tests_of_all_readers(name: str) -> None:
    needs(name)  # reports why it is skipped
    assert name in PRESENT


@pytest.mark.parametrize("name", LANGUAGES)
def test_missing_settings_are_wrong_usage(name: str) -> None:
    command = Command(needs(name).words, MIDSTREAM_URL="", MIDSTREAM_TOKEN="")
    assert (command.wait(), command.output) == (2, "")
    assert command.errors.startswith("midstream-reader: ")
