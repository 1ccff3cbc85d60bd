"""Where a server listens, how many connections it takes, and accepting that never ends."""

from __future__ import annotations

import errno
import os
import resource
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest

from app.config import Config, ConfigError
from app.server import listening
from app.server.listening import (
    ACCEPT_RETRY_SECONDS,
    MAX_CONNECTIONS,
    RESERVED_DESCRIPTORS,
    LimitedPool,
    ListeningStopped,
    ResilientListener,
    bind,
    connection_limit,
    start_listening,
    stop_listening,
)
from app.transport.connection_limit import ConnectionLimit
from tests.support.clock import Clock

MANY = Config("x", max_connections_per_address=10**6)


def test_small_packets_are_sent_at_once() -> None:
    with bind("127.0.0.1", 0) as listener:
        start_listening(listener)
        with (
            socket.create_connection(listener.getsockname()),
            closing(listener.accept()[0]) as accepted,
        ):
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1


def test_an_ipv6_host_is_listened_at() -> None:
    with bind("::1", 0) as listener:
        assert listener.family == socket.AF_INET6


@pytest.mark.parametrize(
    ("host", "sentence"),
    [("nowhere.invalid", "nowhere.invalid"), ("a" * 64, "not an address")],
)
def test_what_is_no_address_ends_the_start(host: str, sentence: str) -> None:
    with pytest.raises(SystemExit, match=sentence):
        bind(host, 0)


def test_connections_are_refused_until_a_process_listens() -> None:
    with bind("127.0.0.1", 0) as listener:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(listener.getsockname())
        start_listening(listener)
        socket.create_connection(listener.getsockname()).close()


def test_of_two_that_have_bound_a_port_one_listens_and_the_other_ends_its_start() -> None:
    with bind("127.0.0.1", 0) as one:
        host, port = one.getsockname()
        with bind(host, port) as other:
            start_listening(one)
            with pytest.raises(SystemExit, match="in use"):
                start_listening(other)
        with pytest.raises(SystemExit, match="in use"):
            bind(host, port)


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The soft and the hard limit of open files, instead of this process's own."""
    limits = [1024, 1024]
    monkeypatch.setattr(listening.resource, "getrlimit", lambda _: tuple(limits))
    monkeypatch.setattr(
        listening.resource, "setrlimit", lambda _, new: limits.__setitem__(slice(None), new)
    )
    return limits


def count(limit: ConnectionLimit) -> int:
    acquired = 0
    while limit.acquire(f"10.0.{acquired >> 8 & 255}.{acquired & 255}"):
        acquired += 1
    return acquired


def test_the_limit_of_files_is_raised_and_some_are_reserved(files: list[int]) -> None:
    files[:] = [1024, 4096]
    assert count(connection_limit(MANY)) == 4096 - RESERVED_DESCRIPTORS
    assert files == [4096, 4096]


@pytest.mark.parametrize("most", [10**6, resource.RLIM_INFINITY])
def test_connections_are_limited_where_files_are_not(files: list[int], most: int) -> None:
    files[:] = [1024, most]
    assert count(connection_limit(MANY)) == MAX_CONNECTIONS


@pytest.mark.parametrize("most", [0, 256, 511])
def test_too_few_files_are_a_config_error(files: list[int], most: int) -> None:
    files[:] = [most, most]
    with pytest.raises(ConfigError, match=f"may open {most} files; it needs 512"):
        connection_limit(MANY)


@pytest.mark.parametrize(("proxies", "allowed"), [(0, 2), (1, 1024 - RESERVED_DESCRIPTORS)])
def test_an_address_is_limited_unless_it_is_a_proxy(
    files: list[int], proxies: int, allowed: int
) -> None:
    config = Config("x", max_connections_per_address=2, trusted_proxies=proxies)
    limit, acquired = connection_limit(config), 0
    while limit.acquire("192.0.2.1"):
        acquired += 1
    assert acquired == allowed


class Pool:
    """Runs everything at once."""

    def spawn(self, run: Callable[..., None], *args: Any) -> None:
        run(*args)


def test_a_pool_serves_connections_up_to_the_limit() -> None:
    limit, served = ConnectionLimit(1), []
    pool = LimitedPool(Pool(), limit)

    def serve(connection: Any) -> None:
        served.append(connection)
        pool.spawn(serve, [("192.0.2.1", 2)])  # the first one is still being served
        raise OSError("the client has gone")

    pool.spawn(serve, [("192.0.2.1", 1)])
    assert served == [[("192.0.2.1", 1)]]
    assert limit.acquire("192.0.2.1"), "the connection is still counted"


class Listener:
    """Accepts as scripted: a number is the `errno` of an error, a name is a caller."""

    def __init__(self, *script: int | str) -> None:
        self.script = list(script)
        self.timeouts: list[float | None] = []
        self.refused: list[str] = []
        self.is_open = True

    def accept(self) -> tuple[Any, Any]:
        result = self.script.pop(0)
        if isinstance(result, int):
            raise OSError(result, os.strerror(result))
        return Caller(result, self.refused), ("192.0.2.1", 1)

    def fileno(self) -> int:
        return 3 if self.is_open else -1

    def close(self) -> None:
        self.is_open = False

    def settimeout(self, seconds: float | None) -> None:
        self.timeouts.append(seconds)


class Caller:
    """A connection that records its closing."""

    def __init__(self, name: str, refused: list[str]) -> None:
        self.name = name
        self.close = lambda: refused.append(name)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(listening, "time", clock)
    return clock


def accepted(listener: Listener) -> str:
    with closing(ResilientListener(listener)) as resilient:  # type: ignore[arg-type]
        return resilient.accept()[0].name  # type: ignore[attr-defined, no-any-return]


def test_without_a_descriptor_the_caller_is_refused_and_the_next_one_accepted(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    listener = Listener(errno.EMFILE, "Max", errno.EMFILE, "Rex", "Olive")
    assert accepted(listener) == "Olive"
    assert listener.refused == ["Max", "Rex"]
    assert listener.timeouts == [ACCEPT_RETRY_SECONDS, None] * 2
    assert caplog.text.count("Too many open files") == 1, "once a minute is enough"


def test_without_a_spare_descriptor_accepting_is_retried_later(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_left(*_: object) -> int:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(os, "open", none_left)
    assert accepted(Listener(errno.EMFILE, errno.EMFILE, errno.EMFILE, errno.EMFILE, "Olive"))
    assert clock.elapsed == 2 * ACCEPT_RETRY_SECONDS


def test_no_waiting_caller_to_refuse_is_no_error(clock: Clock) -> None:
    assert accepted(Listener(errno.ENFILE, errno.EAGAIN, "Olive")) == "Olive"
    assert clock.elapsed == ACCEPT_RETRY_SECONDS


@pytest.mark.parametrize("error", [errno.ECONNABORTED, errno.EPROTO, errno.ECONNRESET])
def test_a_caller_who_has_gone_refuses_nobody_else(clock: Clock, error: int) -> None:
    listener = Listener(error, "Olive")
    assert accepted(listener) == "Olive"
    assert listener.refused == []


def test_accepting_ends_with_the_socket(clock: Clock) -> None:
    listener = Listener(errno.EBADF)
    listener.is_open = False
    with pytest.raises(ListeningStopped):
        accepted(listener)


def test_who_waits_for_a_connection_is_told_that_listening_has_stopped() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor() as threads:
        address = listener.getsockname()
        with closing(ResilientListener(listener.dup())) as resilient:
            waiting = threads.submit(resilient.accept)
            stop_listening(listener)
            with pytest.raises(ListeningStopped):
                waiting.result(timeout=30)
        assert listener.fileno() >= 0, "its descriptor would be used again while it is waited at"
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address)


def test_a_lasting_error_does_not_take_the_processor(clock: Clock) -> None:
    assert accepted(Listener(*[errno.ENOBUFS] * 20, "Olive")) == "Olive"
    assert clock.elapsed == 10 * ACCEPT_RETRY_SECONDS


def test_everything_else_is_the_sockets_own() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        resilient = ResilientListener(listener)
        assert resilient.getsockname() == listener.getsockname()
        resilient.close()
