"""What the tests of sockets share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.database import read
from app.sockets import joins

Work = Callable[[], Any]


class Reads:
    """Counts the reads of joins; something may happen before or after one."""

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
    """The reads of joins, watched."""
    reads = Reads()
    monkeypatch.setattr(joins, "read", reads)
    return reads
