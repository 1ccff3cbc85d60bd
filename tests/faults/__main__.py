"""Causes every fault in full, on SQLite and on PostgreSQL, explores many more interleavings than
`bin/test` does, and prints a table: `bin/test-faults`

Arguments go to pytest, for example `-k killed`.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.faults.figures import Figures

FULL_SECONDS = 7200
PROOFS = ("isolation", "on_postgres", "real")


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
    proofs = [str(here.parent / "proof" / f"test_{name}.py") for name in PROOFS]
    code = pytest.main([str(here), *proofs, "-p", "no:cacheprovider", *sys.argv[1:]], plugins=[run])
    print(f"\n{datetime.now(UTC):%Y-%m-%d %H:%M} UTC\n\n{run.figures.table()}")
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
