"""Fixtures of the tests of sockets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.database import read
from app.providers import Text
from app.sockets import joins
from tests.support.cast import Cast
from tests.support.harness import Harness
from tests.support.socket import Socket

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


@pytest.fixture
def max(harness: Harness, cast: Cast, conversation: str) -> Socket:
    """Max, who has joined the conversation."""
    return harness.reader(cast.max, conversation)


@pytest.fixture
def answer(harness: Harness, cast: Cast, conversation: str) -> str:
    """The id of an answer there."""
    return harness.answered(conversation, cast.olive, Text("Yes.")).public_id
