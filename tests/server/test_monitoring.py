"""A process notices that it has not run, and says where it can't serve its metrics."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest
from flask import Flask

from app import counts
from app.config import MonitoringSettings
from app.server.monitoring import note_lag, serve_metrics


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


def test_a_port_for_the_metrics_that_is_in_use_is_named(app: Flask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        monitoring = MonitoringSettings(metrics_port=port - 1)
        app.extensions["config"] = replace(app.extensions["config"], monitoring=monitoring)
        sentence = f"midstream: can't listen at METRICS_HOST 127.0.0.1 and METRICS_PORT {port}: "
        with pytest.raises(SystemExit, match=sentence):
            serve_metrics(app, lambda *_: None, 2)
