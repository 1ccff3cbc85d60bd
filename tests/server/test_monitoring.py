"""A process notices that it has not run."""

from __future__ import annotations

import pytest

from app import counts
from app.server.monitoring import note_lag


def test_a_process_that_did_not_run_says_so(caplog: pytest.LogCaptureFixture) -> None:
    before = sum(counts.LOOP_LAG_SECONDS.buckets.counts)
    note_lag(-0.001)
    note_lag(1.5)
    assert not caplog.records
    note_lag(13.04)
    assert caplog.messages == [
        "This process did not run for 13.0 s: it was stopped, or the machine was too busy."
    ]
    assert sum(counts.LOOP_LAG_SECONDS.buckets.counts) == before + 3
