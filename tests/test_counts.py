"""Counts have few labels, and durations are in the right bucket."""

from __future__ import annotations

import pytest

from app import counts
from app.counts import MOST_LABELS, OTHER, SHORT, Buckets, CountBy, TimingsBy


@pytest.fixture(autouse=True)
def unlisted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what these tests make out of the metrics."""
    monkeypatch.setattr(counts, "ALL", [])


def test_a_count_has_few_labels() -> None:
    by_model = CountBy("x_total", "X.", "model", "known")
    for number in range(3 * MOST_LABELS):
        by_model.add(f"model {number}")
    by_model.add("known")
    assert by_model.values["known"] == by_model.values["model 7"] == 1
    assert by_model.values[OTHER] == sum(by_model.values.values()) - MOST_LABELS
    assert len(by_model.values) == MOST_LABELS + 1


def test_durations_have_few_labels() -> None:
    by_model = TimingsBy("x_seconds", "X.", "model", SHORT)
    for number in range(3 * MOST_LABELS):
        by_model.note(f"model {number}", 0.1)
    assert len(by_model.values) == MOST_LABELS + 1
    assert sum(by_model.values[OTHER].counts) == 2 * MOST_LABELS


def test_a_duration_counts_up_to_its_bound() -> None:
    buckets = Buckets((0.1, 1.0))
    for seconds in (0.0, 0.1, 0.5, 1.0, 7.0):
        buckets.note(seconds)
    assert buckets.counts == [2, 2, 1] and buckets.sum == pytest.approx(8.6)
