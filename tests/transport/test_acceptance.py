"""Accepting goes on, whatever `accept` says, until the socket is closed."""

from __future__ import annotations

import errno
import os
import socket
from contextlib import closing
from typing import Any

import pytest

from app.server import accepting
from app.server.accepting import PatientListener
from tests.support.clock import Clock


class Listener:
    """Says what a test has written down for it."""

    def __init__(self, *says: int | str) -> None:
        self.says = list(says)
        self.timeouts: list[float | None] = []
        self.refused: list[str] = []
        self.is_open = True

    def accept(self) -> tuple[Any, Any]:
        said = self.says.pop(0)
        if isinstance(said, int):
            raise OSError(said, os.strerror(said))
        return Caller(said, self.refused), ("192.0.2.1", 1)

    def fileno(self) -> int:
        return 3 if self.is_open else -1

    def close(self) -> None:
        self.is_open = False

    def settimeout(self, seconds: float | None) -> None:
        self.timeouts.append(seconds)


class Caller:
    """Notes that it was let go."""

    def __init__(self, name: str, refused: list[str]) -> None:
        self.name = name
        self.close = lambda: refused.append(name)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(accepting, "time", clock)
    return clock


def accepted(listener: Listener) -> str:
    with closing(PatientListener(listener)) as patient:  # type: ignore[arg-type]
        return patient.accept()[0].name  # type: ignore[attr-defined, no-any-return]


def test_without_a_descriptor_the_caller_is_refused_and_the_next_one_accepted(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    listener = Listener(errno.EMFILE, "Max", errno.EMFILE, "Rex", "Olive")
    assert accepted(listener) == "Olive"
    assert listener.refused == ["Max", "Rex"]
    assert listener.timeouts == [accepting.PAUSE_SECONDS, None] * 2
    assert caplog.text.count("Too many open files") == 1, "once a minute is enough"


def test_without_a_spare_it_pauses(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(*_: object) -> int:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(os, "open", none_left)
    assert accepted(Listener(errno.EMFILE, errno.EMFILE, errno.EMFILE, errno.EMFILE, "Olive"))
    assert clock.elapsed == 2 * accepting.PAUSE_SECONDS


def test_nobody_left_to_refuse_is_no_error(clock: Clock) -> None:
    assert accepted(Listener(errno.ENFILE, errno.EAGAIN, "Olive")) == "Olive"
    assert clock.elapsed == accepting.PAUSE_SECONDS


@pytest.mark.parametrize("error", [errno.ECONNABORTED, errno.EPROTO, errno.ECONNRESET])
def test_a_caller_who_has_gone_meanwhile_ends_nothing_and_refuses_nobody(
    clock: Clock, error: int
) -> None:
    listener = Listener(error, "Olive")
    assert accepted(listener) == "Olive"
    assert listener.refused == []


def test_a_closed_socket_ends_it(clock: Clock) -> None:
    listener = Listener(errno.EBADF)
    listener.is_open = False
    with pytest.raises(OSError, match="Bad file descriptor"):
        accepted(listener)


def test_an_error_that_stays_takes_no_processor(clock: Clock) -> None:
    assert accepted(Listener(*[errno.EINVAL] * 20, "Olive")) == "Olive"
    assert clock.elapsed == 10 * accepting.PAUSE_SECONDS


def test_all_else_is_the_sockets(clock: Clock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        patient = PatientListener(listener)
        assert patient.getsockname() == listener.getsockname()
        patient.close()
