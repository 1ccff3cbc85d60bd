"""A connection whose every read keeps the limits of its call.

httpcore2 parses HTTP and leaves the sockets to us (its `NetworkBackend`). So there is one place
where bytes arrive, whatever they are: headers, `100 Continue`, comments or text. There the time
limits are checked and others get their turn. TLS runs over the same reads, in memory: a server that
sends a record byte by byte can't keep a read waiting for longer than the limits.
"""

from __future__ import annotations

import functools
import socket
import ssl
from collections.abc import Callable
from typing import Any, TypeVar

import httpcore2

from app.providers.base import TimeLimitError, TransientError
from app.providers.call import Call

READ_BYTES = 16_384

TOO_SLOW = "The model can't be reached: nothing answered in time."
UNREACHABLE = "The model can't be reached at the moment."

Result = TypeVar("Result")


class Backend(httpcore2.NetworkBackend):
    """Connects for one call."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> httpcore2.NetworkStream:
        """Return a connection; its time limit is the call's own."""
        seconds = min(self._call.limits.connect, self._call.seconds_left())
        try:
            connected = socket.create_connection((host, port), seconds)
        except TimeoutError:
            raise TimeLimitError(TOO_SLOW) from None
        except (OSError, OverflowError):
            raise TransientError(UNREACHABLE) from None
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._call.use_socket(connected)
        return _SocketStream(connected, self._call)


class _Stream(httpcore2.NetworkStream):
    """What both kinds of stream share."""

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, *_: Any, **__: Any
    ) -> httpcore2.NetworkStream:
        """Return an encrypted stream over this one."""
        return _TlsStream(self, ssl_context, server_hostname)


class _SocketStream(_Stream):
    """A socket whose waits end with its call."""

    def __init__(self, connected: socket.socket, call: Call) -> None:
        self._socket = connected
        self._call = call

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return what has arrived, at most READ_BYTES; nothing at the end."""
        self._call.yield_to_others()
        while True:
            self._socket.settimeout(self._call.seconds_left())
            try:
                return self._socket.recv(min(max_bytes, READ_BYTES))
            except TimeoutError:
                continue  # ends where no time is left

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of `buffer`."""
        view = memoryview(buffer)
        try:
            while view:
                self._socket.settimeout(self._call.seconds_left())
                view = view[self._socket.send(view) :]
        except OSError as error:
            raise httpcore2.WriteError from error  # the server may have answered all the same

    def close(self) -> None:
        """Close the connection."""
        self._call.use_socket(None)
        self._socket.close()


class _TlsStream(_Stream):
    """TLS over another stream."""

    def __init__(
        self, stream: httpcore2.NetworkStream, context: ssl.SSLContext, hostname: str | None
    ) -> None:
        self._stream = stream
        self._received, self._to_send = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._received, self._to_send, server_hostname=hostname)
        try:
            self._run(self._tls.do_handshake)
        except BaseException as error:
            self.close()  # nobody else has this stream yet
            if isinstance(error, OSError):  # also a certificate that is not trusted
                raise TransientError(UNREACHABLE) from None
            raise

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return what has arrived; nothing at the end."""
        try:
            return self._run(functools.partial(self._tls.read, min(max_bytes, READ_BYTES)))
        except ssl.SSLZeroReturnError:
            return b""

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of `buffer`."""
        view = memoryview(buffer)
        while view:
            view = view[self._run(functools.partial(self._tls.write, view)) :]

    def close(self) -> None:
        """Close the connection beneath."""
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        """Return the TLS object, which tells httpcore2 the protocol that was agreed on."""
        return self._tls if info == "ssl_object" else None

    def _run(self, operation: Callable[[], Result]) -> Result:
        """Do something for which TLS may have to send and receive first."""
        while True:
            try:
                result = operation()
            except ssl.SSLWantReadError:
                self._send()
                if received := self._stream.read(READ_BYTES):
                    self._received.write(received)
                else:
                    self._received.write_eof()
            else:
                self._send()
                return result

    def _send(self) -> None:
        self._stream.write(self._to_send.read())
