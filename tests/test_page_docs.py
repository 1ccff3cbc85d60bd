"""docs/page.md names the tests of what it promises, and the page's modules; all of them exist."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parent
MODULES = TESTS.parent / "app" / "static" / "js"
READER = TESTS.parent / "clients" / "javascript" / "src"
PAGE = (TESTS.parent / "docs" / "page.md").read_text("utf-8")


def test_every_feature_beside_those_of_other_chats_has_its_tests() -> None:
    table = PAGE.partition("## Beside other chats")[2].split("|---|\n")[1].partition("\n\n")[0]
    features = [row.rstrip("| ").rpartition("|")[2] for row in table.splitlines()]
    assert len(features) >= 20, "precondition: the table is found"
    for tests in features:
        names = re.findall(r"`([^`]+)`", tests)
        assert names, tests
        assert [name for name in names if not is_there(name)] == []
        unnamed = [name for name in names if name.endswith(".py")]
        assert unnamed == [], "a test, not the file in which it may be"


def test_the_modules_that_it_names_exist() -> None:
    section = PAGE.partition("\n## Modules\n")[2].partition("\n## ")[0]
    names = re.findall(r"`([a-z/-]+\.js)`", section)
    assert len(names) >= 20, "precondition: the table is found"
    missing = [name for name in names if not any((at / name).exists() for at in (MODULES, READER))]
    assert missing == []


def is_there(name: str) -> bool:
    """Whether a file, or the test in it that is named after `::`, exists."""
    file, _, test = name.partition("::")
    path = where(file)
    return path.exists() and (not test or f"\ndef {test}(" in path.read_text("utf-8"))


def where(name: str) -> Path:
    """A path from the root of the project, or the name of a test of the browser."""
    if name.startswith("tests/"):
        return TESTS.parent / name
    return TESTS / "system" / "browser" / name
