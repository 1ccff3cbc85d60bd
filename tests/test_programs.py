"""The programs of benchmarks/ and docs/pictures can be started: they use what the tests have, and
no other test would show that it has moved."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for folder in ("benchmarks", "docs/pictures")
    for path in (ROOT / folder).glob("*.py")
)


@pytest.mark.parametrize("name", MODULES)
def test_a_program_can_be_loaded(name: str) -> None:
    import_module(name)
