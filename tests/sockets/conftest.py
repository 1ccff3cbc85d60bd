"""Fixtures of the tests of sockets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.database import read
from app.sockets import joins

Work = Callable[[], Any]


class Reads:
    """Counts the reads of joins; calls `before` and `after` around each."""

    def __init__(self) -> None:
        self.count = 0
        self.before: Work = lambda: None
        self.after: Work = lambda: None

    def __call__(self, work: Work) -> Any:
        self.count += 1
        self.before()
        result = read(work)
        self.after()
        return result


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Reads:
    """Watch the reads of joins."""
    reads = Reads()
    monkeypatch.setattr(joins, "read", reads)
    return reads
