"""Connections whose every read keeps the limits of its call.

There is one place where bytes arrive, whatever they are: headers, `100 Continue`, comments or text.
There the time limits are checked and others get their turn. TLS runs over the same reads, in
memory: a server that sends a record byte by byte can't keep a read waiting for longer than the
limits.
"""

from __future__ import annotations

import functools
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol, TypeVar

from app.providers.base import TimeLimitError, TransientError
from app.providers.call import Call

READ_BYTES = 16_384
MOST_PAUSES = 2  # before a read

TOO_SLOW = "The model can't be reached: nothing answered in time."
UNREACHABLE = "The model can't be reached at the moment."

Result = TypeVar("Result")


class Connection(Protocol):
    """What requests are sent on. Raises OSError where it is lost."""

    def read(self) -> bytes:
        """Return what has arrived, at most READ_BYTES; nothing at the end."""
        ...

    def write(self, data: bytes) -> None:
        """Send all of `data`."""
        ...

    def close(self) -> None:
        """Close it."""
        ...


def connect(host: str, port: int, call: Call) -> Connection:
    """Return a connection; its time limit is the call's own."""
    seconds = min(call.limits.connect, call.seconds_left())
    try:
        connected = socket.create_connection((host, port), seconds)
    except TimeoutError:
        raise TimeLimitError(TOO_SLOW) from None
    except (OSError, OverflowError):
        raise TransientError(UNREACHABLE) from None
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    call.use_socket(connected)
    return TcpConnection(connected, call)


class TcpConnection:
    """A socket whose waits end with its call."""

    def __init__(self, connected: socket.socket, call: Call) -> None:
        self._socket = connected
        self._socket.settimeout(0)
        self._recvmsg = connected.recvmsg  # green sockets leave it as it is: it never yields
        self._call = call
        self._drained_at: float | None = None  # where the last read has taken all that was there

    def read(self) -> bytes:
        """Return what has arrived; what arrives during the pause of the call is read together."""
        self._call.yield_to_others()
        if self._drained_at is not None:
            self._pause(self._drained_at)
        self._call.seconds_left()
        received = self._take()
        if received is None:
            received = self._wait()
        self._drained_at = time.monotonic() if len(received) < READ_BYTES else None
        return received

    def write(self, data: bytes) -> None:
        """Send all of `data`."""
        view = memoryview(data)
        try:
            while view:
                self._socket.settimeout(self._call.seconds_left())
                view = view[self._socket.send(view) :]
        finally:
            self._socket.settimeout(0)

    def close(self) -> None:
        """Close the connection."""
        self._call.use_socket(None)
        self._socket.close()

    def _pause(self, drained_at: float) -> None:
        """Wait while nothing more is needed. What is needed may come later than it seemed."""
        for _ in range(MOST_PAUSES):
            seconds = self._call.pause(drained_at)
            if seconds <= 0:
                return
            time.sleep(min(seconds, self._call.seconds_left()))
            self._call.note_wait()

    def _wait(self) -> bytes:
        """Return what arrives, within the limits of the call."""
        received = None
        while received is None:
            self._socket.settimeout(self._call.seconds_left())  # ends where no time is left
            with suppress(TimeoutError, BlockingIOError):
                received = self._socket.recv(READ_BYTES)
        self._socket.settimeout(0)
        self._call.note_wait()
        return received

    def _take(self) -> bytes | None:
        """Return what has arrived; None where nothing has."""
        try:
            return self._recvmsg(READ_BYTES)[0]
        except BlockingIOError:
            return None


class TlsConnection:
    """TLS over another connection, which it closes where there can be no TLS."""

    def __init__(self, connection: Connection, context: ssl.SSLContext, hostname: str) -> None:
        self._connection = connection
        self._received, self._to_send = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._received, self._to_send, server_hostname=hostname)
        try:
            self._run(self._tls.do_handshake)
        except BaseException as error:
            self.close()  # nobody else has this connection yet
            if isinstance(error, OSError):  # also a certificate that is not trusted
                raise TransientError(UNREACHABLE) from None
            raise

    def read(self) -> bytes:
        """Return what has arrived; nothing at the end."""
        try:
            return self._run(functools.partial(self._tls.read, READ_BYTES))
        except ssl.SSLZeroReturnError:
            return b""

    def write(self, data: bytes) -> None:
        """Send all of `data`."""
        view = memoryview(data)
        while view:
            view = view[self._run(functools.partial(self._tls.write, view)) :]

    def close(self) -> None:
        """Close the connection beneath."""
        self._connection.close()

    def _run(self, operation: Callable[[], Result]) -> Result:
        """Do something for which TLS may have to send and receive first."""
        while True:
            try:
                result = operation()
            except ssl.SSLWantReadError:
                self._send()
                if received := self._connection.read():
                    self._received.write(received)
                else:
                    self._received.write_eof()
            else:
                self._send()
                return result

    def _send(self) -> None:
        if data := self._to_send.read():
            self._connection.write(data)
