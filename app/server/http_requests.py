"""Checks of HTTP requests that both WSGI servers need.

By itself the green server takes a chunked body's line into memory however long it is, and makes a
number of it, during which nothing else runs; with threads, a Content-Length of -1 lets Engine.IO
read to the end, which the client chooses. No client of ours sends either. Python's parser accepts
header lines that RFC 9112 forbids, so that a proxy may see other requests than the server. A head
or a body that drips holds its connection for as long as it likes. Both servers log what anybody
sends, and name themselves and Python in responses.
"""

from __future__ import annotations

import re
import socket
import time
from http import HTTPStatus
from typing import Any

from app.server.handover import Handover

MAX_LENGTH_DIGITS = 15
MIN_BYTES_PER_SECOND = 10_000  # of a body, after the seconds that a connection may be silent
PIECE_BYTES = 65_536
BUFFER_BYTES = 1024  # of a connection in each direction; one that is a WebSocket keeps it, too

TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
REQUEST_LINE = re.compile(TOKEN + rb" [\x21\x22\x24-\x7e\x80-\xff]+ HTTP/1\.[01]\r\n")
ABSOLUTE = re.compile(r"https?://([^/?]*)(.*)", re.IGNORECASE)
HEADER_LINE = re.compile(TOKEN + rb":[\t\x20-\x7e\x80-\xff]*\r\n")
EMPTY_LINE = b"\r\n"
LABEL = r"[0-9A-Za-z\-_~!$&'()*+,;=%]{1,63}"  # of a name, as the Domain Name System takes it
HOST = re.compile(rf"(?:\[[0-9A-Fa-f:.]+\]|{LABEL}(?:\.{LABEL})*\.?)(?::[0-9]*)?")


def with_request_checks(handler: type[Any]) -> type[Any]:  # noqa: C901  (it is flat: one class)
    """Return a class of request handlers, derived from a server's own, that refuses requests whose
    body has no certain length."""

    class CheckedHandler(handler):  # type: ignore[misc]
        rfile: Any
        rbufsize = BUFFER_BYTES
        wbufsize = min(handler.wbufsize, BUFFER_BYTES)
        handover: Handover | None = None  # of a worker

        def parse_request(self) -> bool:
            """Read a request's head; return False if it has been refused, or is another worker's
            to answer."""
            if self.handover and self._is_handed_over(self.handover):
                self.close_connection = True
                return False
            lines = self.rfile = HeaderLines(self.rfile)
            try:
                is_read = bool(super().parse_request())
            finally:
                self.rfile = lines.stream
            refusal = _check(self, lines) if is_read else None
            if refusal:
                self.send_error(refusal)
            return is_read and refusal is None

        def _is_handed_over(self, handover: Handover) -> bool:
            worker = handover.owner_of(self.raw_requestline)
            if worker is None:
                return False
            unread = self.reader.peek(1)  # of the request's head there is more
            return handover.give(worker, self.connection, self.raw_requestline + unread)

        def setup(self) -> None:
            """Prepare to read and to write."""
            super().setup()
            self.rfile = self.reader = RequestReader(self.rfile, self.connection)

        def release(self) -> None:
            """Free the buffers and headers of a request that has become a WebSocket, which needs
            none of them for hours. Nothing more is read or written here."""
            self.rfile.close()
            self.wfile.close()
            self.headers = None

        def finish(self) -> None:
            """Close both streams, and with them the connection. By itself Python leaves the one
            that is read open, until garbage is looked for, where the client has reset the
            connection before an answer is written."""
            try:
                super().finish()
            finally:
                self.rfile.close()

        def send_error(self, code: int, *_explanations: str | None) -> None:
            """Refuse a request and end the connection: where the next one begins is unknown."""
            self.request_version = self.protocol_version  # a malformed one would get no answer
            self.send_response(code)
            self.send_header("Content-Length", "0")
            self.send_header("Connection", "close")
            self.end_headers()

        def send_response(self, code: int, message: str | None = None) -> None:
            """Begin a response, without the libraries' names."""
            self.send_response_only(code, message)
            self.send_header("Date", self.date_time_string())

        def log_message(self, *_: Any) -> None:
            """Log nothing: requests may hold secrets, and anybody can send any number of lines."""

        log_error = log_message

    return CheckedHandler


class HeaderLines:
    """Checks a request's header lines while they are read, each by the grammar of RFC 9112."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.is_malformed = False

    def readline(self, size: int = -1) -> bytes:
        """Return the next line."""
        line = bytes(self.stream.readline(size))
        if line != EMPTY_LINE and not HEADER_LINE.fullmatch(line):
            self.is_malformed = True
        return line


class RequestReader:
    """Reads a connection; a head and a body must each have come by a deadline.

    By itself each byte that comes grants another `SILENCE_SECONDS`.
    """

    def __init__(self, stream: Any, connection: socket.socket) -> None:
        self._stream = stream
        self._connection = connection
        self._deadline = 0.0
        self._head_deadline: float | None = None  # from the first byte of a head to its end

    def readline(self, size: int = -1) -> bytes:
        """Return a line of a head, at most `size` bytes; TimeoutError when the head is late.

        An empty line before a head is skipped, as RFC 9112 says in 2.2.
        """
        is_first = self._head_deadline is None
        line = self._line(size)
        return self._line(size) if is_first and line == EMPTY_LINE else line

    def begin(self, length: int) -> None:
        """Give a body of `length` bytes its time, from now on: the head is over."""
        self._head_deadline = None
        timeout = self._connection.gettimeout() or 0.0
        self._deadline = time.monotonic() + timeout + length / MIN_BYTES_PER_SECOND

    def read(self, size: int = -1) -> bytes:
        """Return `size` bytes of the body, fewer at its end; TimeoutError when it is late."""
        timeout = self._connection.gettimeout()
        pieces: list[bytes] = []
        try:
            while size != 0 and (piece := self._read_piece(size, timeout)):
                pieces.append(piece)
                size -= len(piece) if size > 0 else 0
        finally:
            self._connection.settimeout(timeout)
        return b"".join(pieces)

    def readinto(self, buffer: memoryview) -> int:
        """Read as much of the body as fits into `buffer`, and return how many bytes that are."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def _line(self, size: int) -> bytes:
        timeout = self._connection.gettimeout()
        line = b""
        try:
            while not line.endswith(b"\n") and len(line) != size and (ahead := self._peek(timeout)):
                end = ahead.find(b"\n") + 1 or len(ahead)
                line += self._stream.read(end if size < 0 else min(end, size - len(line)))
        finally:
            self._connection.settimeout(timeout)
        return line

    def _peek(self, timeout: float | None) -> bytes:
        """Wait for more of a head, and return it without taking it."""
        if self._head_deadline is not None and timeout is not None:
            left = self._head_deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("the head is late")
            self._connection.settimeout(min(left, timeout))
        ahead = bytes(self._stream.peek(1))
        if self._head_deadline is None:
            self._head_deadline = time.monotonic() + (timeout or 0.0)
        return ahead

    def _read_piece(self, size: int, timeout: float | None) -> bytes:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the body is late")
        self._connection.settimeout(left if timeout is None else min(left, timeout))
        return bytes(self._stream.read1(min(size, PIECE_BYTES) if size > 0 else PIECE_BYTES))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _check(handler: Any, lines: HeaderLines) -> HTTPStatus | None:
    """Return the status that refuses a request; otherwise give its body its time."""
    if lines.is_malformed or not REQUEST_LINE.fullmatch(handler.raw_requestline):
        return HTTPStatus.BAD_REQUEST
    if handler.command != handler.command.upper():
        return HTTPStatus.NOT_IMPLEMENTED  # the names of methods are case-sensitive
    _use_absolute_form(handler)
    refusal = _refusal(handler.headers, handler.request_version)
    if refusal is None:
        handler.reader.begin(int(handler.headers.get("Content-Length", "0")))
    return refusal


def _use_absolute_form(handler: Any) -> None:
    """Take host and path from an address that a request names as a whole (RFC 9112, 3.2.2)."""
    found = ABSOLUTE.fullmatch(handler.path)
    if found and len(handler.headers.get_all("Host", [])) == 1:
        handler.headers.replace_header("Host", found[1])
        handler.path = found[2] if found[2].startswith("/") else f"/{found[2]}"


def _refusal(headers: Any, version: str) -> HTTPStatus | None:
    """Return the status that refuses a request for its host, or for how it gives its body's length.

    HTTP/1.0 knows no Host.
    """
    hosts = headers.get_all("Host", [])
    if len(hosts) != 1 and not (version == "HTTP/1.0" and not hosts):
        return HTTPStatus.BAD_REQUEST
    if not all(HOST.fullmatch(host.strip()) for host in hosts):
        return HTTPStatus.BAD_REQUEST
    if "Transfer-Encoding" in headers:
        return HTTPStatus.LENGTH_REQUIRED
    lengths = headers.get_all("Content-Length", [])
    if len(lengths) > 1 or not all(map(_is_length, lengths)):
        return HTTPStatus.BAD_REQUEST
    return None


def _is_length(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= MAX_LENGTH_DIGITS
