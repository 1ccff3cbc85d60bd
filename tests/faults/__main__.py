"""Causes every fault in full, on SQLite and on PostgreSQL, looks for interleavings on PostgreSQL as
`bin/test` does on SQLite, and prints a table: `bin/test-faults`

Arguments go to pytest, for example `-k killed`.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.faults.figures import Figures

FULL_SECONDS = 7200


class FullRun:
    """A pytest plugin that marks the run as a full one."""

    def __init__(self) -> None:
        self.figures = Figures(is_full=True)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Give each test a longer timeout."""
        for item in items:
            item.add_marker(pytest.mark.timeout(FULL_SECONDS), append=False)


def main() -> int:
    """Run, print the table, and return pytest's exit code."""
    run = FullRun()
    here = Path(__file__).parent
    folders = [str(here), str(here.parent / "proof" / "test_on_postgres.py")]
    code = pytest.main([*folders, "-p", "no:cacheprovider", *sys.argv[1:]], plugins=[run])
    print(f"\n{datetime.now(UTC):%Y-%m-%d %H:%M} UTC\n\n{run.figures.table()}")
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
