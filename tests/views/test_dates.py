"""A page says moments in as few words as tell them apart."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.views import dates


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (datetime(2026, 3, 8, 0, 5, tzinfo=UTC), "00:05 UTC"),
        (datetime(2026, 3, 7, 23, 55, tzinfo=UTC), "7 Mar, 23:55 UTC"),
        (datetime(2025, 12, 31, 23, 59, tzinfo=UTC), "31 Dec 2025"),
    ],
)
def test_as_few_as_there_need_be(monkeypatch: pytest.MonkeyPatch, at: datetime, words: str) -> None:
    monkeypatch.setattr(dates, "now", lambda: datetime(2026, 3, 8, 9, 30, tzinfo=UTC))
    assert dates.moment(at) == words
    assert dates.full_moment(at).endswith(at.strftime("%Y, %H:%M UTC"))
