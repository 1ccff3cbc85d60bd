"""Runs many tests beside each other, and once more by itself what has failed in company.

    python -m tests.together [PYTEST'S ARGUMENTS]

Most tests wait for servers, browsers and clocks: a few beside each other wait no longer than one.
On a busy machine one of them can miss its moment. But only where nothing else has gone wrong is it
known which tests to try again; and many at once have not failed by chance.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.support import warm

MOST_AGAIN = 6
NOTES = "PASSED_ONLY_WHEN_ALONE"  # names a file that is told of them, too


class Failures:
    """A pytest plugin: which tests have failed, and how much else went wrong."""

    def __init__(self) -> None:
        self.tests: list[str] = []
        self.errors = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a failure, be it before or after the test itself; or that its worker has died."""
        if report.failed and report.when in ("setup", "call", "teardown"):
            self.tests.append(report.nodeid)
        elif report.failed:
            self.errors += 1

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note that some tests were not even found."""
        self.errors += report.failed


def main(arguments: list[str]) -> int:
    """Return pytest's exit code: of the second run, where there is one."""
    failures = Failures()
    with TemporaryDirectory() as os.environ[warm.FOLDER]:
        code = pytest.main(["-n", "auto", "--dist", "worksteal", *arguments], [failures])
    del os.environ[warm.FOLDER]
    again = list(dict.fromkeys(failures.tests))
    if code != pytest.ExitCode.TESTS_FAILED or failures.errors or len(again) > MOST_AGAIN:
        return code
    return alone(again, arguments)


def alone(tests: list[str], arguments: list[str]) -> int:
    """Run exactly these tests, one after the other; one that skips itself has not passed."""
    print("Once more by itself:", *tests, sep="\n  ", flush=True)
    options = ["-p", "tests.no_skips", "--cov-append", *arguments]
    code = subprocess.run([sys.executable, "-m", "pytest", *options, *tests]).returncode
    if code == pytest.ExitCode.OK:
        tell("".join(f"Passed only when alone: {test}\n" for test in tests))
    return code


def tell(sentences: str) -> None:
    """Say it, and leave it where it can be said again at the end of everything."""
    print(sentences, end="", flush=True)
    if path := os.environ.get(NOTES):
        with Path(path).open("a") as notes:
            notes.write(sentences)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
