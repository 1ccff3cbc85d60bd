"""Each reader by itself: its rule passes the vectors, in its own language.

tests/js/vectors.test.js is that of the reader in JavaScript.
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
def test_it_takes_part_where_all_are_tried_together(name: str) -> None:
    needs(name)  # so that one which can't is named
    assert name in PRESENT


@pytest.mark.parametrize("name", LANGUAGES)
def test_too_little_is_wrong_usage(name: str) -> None:
    command = Command(needs(name).words, MIDSTREAM_URL="", MIDSTREAM_TOKEN="")
    assert (command.end(), command.output) == (2, "")
    assert command.complaints.startswith("midstream-reader: ")
