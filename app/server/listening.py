"""Where a server listens, how many connections it takes, and accepting that never ends."""

from __future__ import annotations

import errno
import logging
import os
import resource
import socket
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Any

from app.config import Config, ConfigError
from app.outages import Outage
from app.transport.connection_limit import ConnectionLimit

logger = logging.getLogger(__name__)

LISTEN_BACKLOG = 2048  # with the usual 50, a thousand simultaneous connections took seconds
MAX_CONNECTIONS = 20_000  # the usual 1,024 can be held by as many silent connections
RESERVED_DESCRIPTORS = 256  # for the database, the models, the logs
MIN_DESCRIPTORS = 2 * RESERVED_DESCRIPTORS
PEER_IS_GONE = (errno.ECONNABORTED, errno.ECONNRESET, errno.EPROTO, errno.EPIPE)
ACCEPT_RETRY_SECONDS = 0.1
CALM_SECONDS = 10.0  # without a failure, after which connections are said to be accepted again

Settings = tuple[str, str]  # that say where to listen
SERVER = ("HOST", "PORT")


def bind(
    host: str, port: int, *, is_shared: bool = False, settings: Settings = SERVER
) -> socket.socket:
    """Return a socket with this address, which refuses connections until `start_listening`; exits
    the process with an error where that is impossible.

    A shared port may be listened at by several processes; the system gives each connection to one
    of them.
    """
    try:
        return _bound(host, port, is_shared)
    except (OSError, UnicodeError) as error:  # a name's part may be too long
        sys.exit(_sentence(error, settings, host, port))


def start_listening(listener: socket.socket, settings: Settings = SERVER) -> None:
    """Take connections from now on. Exits the process where another one has begun to do that at
    this address since.

    It is the last step of a start: as long as connections are refused, a proxy tries another
    process, while those that are taken wait.
    """
    try:
        listener.listen(LISTEN_BACKLOG)
    except OSError as error:
        sys.exit(_sentence(error, settings, *listener.getsockname()[:2]))


def address_of(listener: socket.socket) -> str:
    """Return the URL of what listens there."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _bound(host: str, port: int, is_shared: bool) -> socket.socket:
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    with ExitStack() as on_error:
        bound = on_error.enter_context(socket.socket(family))
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, is_shared)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        bound.bind((host, port))
        on_error.pop_all()
        return bound


def _sentence(error: Exception, settings: Settings, host: str, port: int) -> str:
    reason = (getattr(error, "strerror", None) or "not an address").lower()
    of_host, of_port = settings
    return f"midstream: can't listen at {of_host} {host} and {of_port} {port}: {reason}."


def stop_listening(listener: socket.socket) -> None:
    """Refuse new connections from now on.

    The socket stays open while a task waits at it: its descriptor would be used again at once, and
    two tasks would wait for what is read there.
    """
    with suppress(OSError):  # not every system can do that
        listener.shutdown(socket.SHUT_RDWR)


def connection_limit(config: Config) -> ConnectionLimit:
    """Return the limit for this process's TCP connections, and raise its limit for open files.

    Connections are refused while file descriptors are left for everything else. Behind proxies they
    all come from the proxies' addresses, so only their total counts. Raises ConfigError where there
    are too few descriptors.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if most == resource.RLIM_INFINITY:
        most = MAX_CONNECTIONS + RESERVED_DESCRIPTORS
    if most < MIN_DESCRIPTORS:
        raise ConfigError(
            f"This process may open {most} files; it needs {MIN_DESCRIPTORS} (see `ulimit -Hn`)."
        )
    per_address = None if config.trusted_proxies else config.max_connections_per_address
    return ConnectionLimit(per_address, min(MAX_CONNECTIONS, most - RESERVED_DESCRIPTORS))


class LimitedPool:
    """A pool of green threads that serves as many connections as the limit allows.

    `pool` has `spawn` and `waitall`, as the WSGI server that uses this expects of it.
    """

    def __init__(self, pool: Any, limit: ConnectionLimit) -> None:
        self._pool = pool
        self._limit = limit

    def spawn(self, serve: Callable[..., None], connection: Any) -> Any:
        """Serve a connection, which begins with its address; the server closes it afterwards."""
        return self._pool.spawn(self._serve, serve, connection)

    def waitall(self) -> None:
        """Wait until all connections have been served."""
        self._pool.waitall()

    def _serve(self, serve: Callable[..., None], connection: Any) -> None:
        address = connection[0][0]
        if self._limit.acquire(address):
            try:
                with suppress(OSError):  # the client has gone
                    serve(connection)
            finally:
                self._limit.release(address)


class ListeningStopped(Exception):
    """No connections are accepted any more."""


class ResilientListener:
    """A listening socket whose `accept` fails only once listening was stopped; otherwise that
    socket.

    By themselves one WSGI server stops accepting, for good, at the first error of `accept`, and the
    other tries again at once and takes a whole processor. The usual error is that no file
    descriptor is left. Then the caller is refused with a descriptor that was kept for this.
    """

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._spare: int | None = None
        self._outage = Outage("Accepting connections", logger, CALM_SECONDS)
        self._open_spare()

    def accept(self) -> tuple[socket.socket, Any]:
        """Return the next connection and its address; raises ListeningStopped."""
        time.sleep(0)  # the others first: a thousand may come at once
        while True:
            try:
                connection: tuple[socket.socket, Any] = self._listener.accept()
                self._outage.recovered()
                return connection
            except OSError as error:
                if self._listener.fileno() < 0 or error.errno == errno.EINVAL:
                    raise ListeningStopped from error
                if error.errno not in PEER_IS_GONE:
                    self._outage.failed(os.strerror(error.errno or 0))
                    self._refuse()

    def close(self) -> None:
        """Close the socket and the spare descriptor."""
        self._close_spare()
        self._listener.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._listener, name)

    def _refuse(self) -> None:
        """Close the connection for which there was no descriptor, if one is waiting."""
        self._close_spare()
        self._listener.settimeout(ACCEPT_RETRY_SECONDS)
        try:
            self._listener.accept()[0].close()
        except OSError:
            time.sleep(ACCEPT_RETRY_SECONDS)
        self._listener.settimeout(None)
        self._open_spare()

    def _close_spare(self) -> None:
        spare, self._spare = self._spare, None
        if spare is not None:
            os.close(spare)

    def _open_spare(self) -> None:
        with suppress(OSError):
            self._spare = os.open(os.devnull, os.O_RDONLY)
