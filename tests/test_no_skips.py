"""The plugin that makes failures of skips, tried on a suite of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = pytest.mark.system

pytest_plugins = ["pytester"]

SUITE = """
    import pytest

    def test_skips_itself():
        pytest.skip("no server")

    @pytest.mark.skipif(True, reason="no browser")
    def test_is_skipped(): ...

    @pytest.mark.xfail(strict=True)
    def test_is_known_to_fail():
        assert False

    def test_passes(): ...
"""


@pytest.fixture(autouse=True)
def plugin_can_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent))


def test_skips_fail_and_give_their_reason(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(SUITE)
    result = pytester.runpytest_subprocess("-p", "tests.no_skips")
    result.assert_outcomes(failed=1, errors=1, xfailed=1, passed=1)
    result.stdout.fnmatch_lines(["*Nothing may be skipped here:*no server*"])
    result.stdout.fnmatch_lines(["*Nothing may be skipped here:*no browser*"])


def test_a_module_that_skips_itself_fails(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("import pytest; pytest.importorskip('no_such_package')")
    result = pytester.runpytest_subprocess("-p", "tests.no_skips")
    result.assert_outcomes(errors=1)


def test_without_the_plugin_they_are_skipped(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(SUITE)
    pytester.runpytest_subprocess().assert_outcomes(skipped=2, xfailed=1, passed=1)
