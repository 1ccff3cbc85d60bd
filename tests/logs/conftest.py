"""Fixtures of the log's tests."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from io import StringIO

import pytest
from flask import Flask

from app import logs
from app.logs import context


@pytest.fixture
def unconfigured() -> Iterator[None]:
    """Leave the log as it was before the test."""
    before, level = logging.root.handlers[:], logging.getLogger(logs.OURS).level
    yield
    logging.root.handlers[:] = before
    logging.getLogger(logs.OURS).setLevel(level)
    context.begin()


@pytest.fixture
def output(app: Flask, unconfigured: None, monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """What is logged, as text."""
    stream = StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    logs.configure()
    return stream
