"""The number of events that one connection may send in a time."""

from __future__ import annotations

from typing import Any

import pytest
from limits import parse

from app.auth.token_bucket import seconds_until_allowed


def test_tokens_are_refilled_steadily(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("app.auth.token_bucket.time.monotonic", lambda: clock[0])
    allowed = parse("10 per 10 seconds")
    a: dict[str, Any] = {}
    b: dict[str, Any] = {}
    assert [seconds_until_allowed(a, allowed) for _ in range(12)] == [0] * 10 + [1] * 2
    clock[0] += 1.0
    assert [seconds_until_allowed(a, allowed) for _ in range(2)] == [0, 1]
    assert seconds_until_allowed(b, allowed) == 0
    assert [seconds_until_allowed({}, None) for _ in range(100)] == [0] * 100
