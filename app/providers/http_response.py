"""One HTTP response, from the bytes that arrive; httptools parses them."""

from __future__ import annotations

from httptools import HttpParserError, HttpResponseParser

HEAD_BYTES = 100_000
"""The most between two pieces of a body, and before the first: headers, trailers, frames."""

LENGTHS = (b"content-length", b"transfer-encoding")


class ProtocolError(Exception):
    """What has arrived is not HTTP, or not all of a response."""


class Response:
    """What has arrived of a response. Its `on_…` methods are the parser's."""

    def __init__(self) -> None:
        self.status = 0  # until all headers are there
        self.headers: dict[bytes, bytes] = {}
        self.is_complete = False
        self._is_broken = False
        self._body: list[bytes] = []
        self._head_bytes = 0
        self._parser = HttpResponseParser(self)

    def feed(self, data: bytes) -> bytes:
        """Return what `data`, the next bytes, adds to the body; `check` says what is wrong then."""
        try:
            self._parser.feed_data(data)
        except HttpParserError:
            self._is_broken = not self.is_complete  # what follows a response is nobody's
        body = b"".join(self._body)
        self._body.clear()
        self._head_bytes = 0 if body else self._head_bytes + len(data)
        return body

    def check(self) -> None:
        """Raise ProtocolError if what has arrived is not HTTP."""
        if self._is_broken or self._head_bytes > HEAD_BYTES:
            raise ProtocolError

    def end(self) -> None:
        """No more arrives. Raises ProtocolError if the response is not complete."""
        is_whole = self.status and not any(name in self.headers for name in LENGTHS)
        if not (self.is_complete or is_whole):
            raise ProtocolError

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; trailers say nothing to us."""
        if not self.status:
            self.headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        """All headers are there, unless these are of `100 Continue` or the like."""
        status = self._parser.get_status_code()
        if status >= 200:
            self.status = status
        else:
            self.headers.clear()

    def on_body(self, body: bytes) -> None:
        """Keep a piece of the body."""
        if not self.is_complete:
            self._body.append(body)

    def on_message_complete(self) -> None:
        """The response is over, if it is not `100 Continue` or the like."""
        self.is_complete = self.status != 0
