"""The table of attacks in app/transport names modules and tests that exist, and all of them."""

from __future__ import annotations

import re
from pathlib import Path

from app import transport
from tests.support.server import ROOT

FILE = re.compile(r"[\w/]+\.py")
SYSTEM_TESTS = ROOT / "tests" / "system" / "transport"


def rows() -> list[list[str]]:
    """Return attack, modules and tests of each attack."""
    assert transport.__doc__
    lines = [line for line in transport.__doc__.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def paths(cell: str, folder: Path) -> set[Path]:
    """Return the files named in a cell: from the root, or those without a path in `folder`."""
    names = FILE.findall(cell)
    return {(ROOT if "/" in name or name == "wsgi.py" else folder) / name for name in names}


def test_each_attack_names_modules_and_tests_that_exist() -> None:
    assert len(rows()) > 20
    for attack, modules, tests in rows():
        named = paths(modules, ROOT / "app" / "transport")
        named |= paths(tests, SYSTEM_TESTS)
        assert len(named) > 1, attack
        assert not [path for path in named if not path.exists()], attack


def test_each_system_test_is_named() -> None:
    named = set().union(*(paths(tests, SYSTEM_TESTS) for _, _, tests in rows()))
    assert not set(SYSTEM_TESTS.glob("test_*.py")) - named
