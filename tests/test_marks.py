"""A file is left out only where none of its tests could be selected."""

from __future__ import annotations

import pytest

from tests.support.marks import may_select

SERVERS = "(system or local_model) and not (counted or alone)"
INSIDE = "counted or not (system or proof)"


@pytest.mark.parametrize(
    ("expression", "source", "expected"),
    [
        ("", "", True),
        ("proof", "pytest.mark.proof", True),
        ("proof", "pytest.mark.system", False),
        (SERVERS, "pytest.mark.system", True),
        (SERVERS, "pytest.mark.system, pytest.mark.counted", True),  # of another test, perhaps
        (SERVERS, "pytest.mark.counted", False),
        (INSIDE, "", True),
        (INSIDE, "pytest.mark.system", True),  # of another test, perhaps
    ],
)
def test_whether_it_may_hold_one(expression: str, source: str, expected: bool) -> None:
    assert may_select(expression, source) is expected
