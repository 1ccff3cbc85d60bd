"""What a server process refuses to serve; serving is tested in tests/system."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import create_app
from app.config import Config
from app.extensions import db
from app.server.serving import StopSignal, serve


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """Leave pytest its own signal handlers."""
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.getsignal(number) for number in numbers]
    yield
    signal.set_wakeup_fd(-1)
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def fail(*_: object) -> None:
    raise AssertionError("it must not serve")


def test_a_database_without_tables_is_not_served(tmp_path: Path, listener: socket.socket) -> None:
    url = f"sqlite:///{tmp_path}/empty.sqlite3"
    app = create_app(Config("a key for tests", database_url=url, models=("demo",)))
    with pytest.raises(SystemExit, match=r"not up to date\. Run `flask db upgrade`"):
        serve(app, listener, fail)


def test_a_database_of_an_earlier_version_is_not_served(
    database_url: str, listener: socket.socket
) -> None:
    app = create_app(Config("a key for tests", database_url=database_url, models=("demo",)))
    with app.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    with pytest.raises(SystemExit, match="not up to date"):
        serve(app, listener, fail)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_noted(number: signal.Signals) -> None:
    stop = StopSignal()
    assert not stop.is_set
    signal.raise_signal(number)
    assert stop.is_set


def test_a_signal_ends_a_wait() -> None:
    stop = StopSignal()
    assert not stop.wait(0.001)
    threading.Timer(0.05, lambda: os.kill(os.getpid(), signal.SIGTERM)).start()
    assert stop.wait(60)


def test_a_signal_that_somebody_else_handles_ends_one_wait_only() -> None:
    stop = StopSignal()
    handler = signal.signal(signal.SIGUSR1, lambda *_: None)
    try:
        signal.raise_signal(signal.SIGUSR1)
    finally:
        signal.signal(signal.SIGUSR1, handler)
    assert not stop.wait(60), "a byte has come"
    began = time.monotonic()
    assert not stop.wait(0.05)
    assert time.monotonic() - began >= 0.05, "and was read"
