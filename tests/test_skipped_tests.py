"""With CI=true a skipped test fails the run."""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = pytest.mark.system

pytest_plugins = ["pytester"]


@pytest.mark.parametrize(
    ("ci", "test", "expected"),
    [
        ("true", "pytest.skip('no server')", pytest.ExitCode.TESTS_FAILED),
        ("", "pytest.skip('no server')", pytest.ExitCode.OK),
        ("true", "pass", pytest.ExitCode.OK),
    ],
)
def test_a_skipped_test_fails_the_run_in_ci(
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    ci: str,
    test: str,
    expected: pytest.ExitCode,
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent))
    monkeypatch.setenv("CI", ci)
    pytester.makeconftest("from tests.conftest import pytest_sessionfinish")
    pytester.makepyfile(f"import pytest\ndef test_it(): {test}")
    assert pytester.runpytest_inprocess().ret == expected
