"""Checks of HTTP requests that both WSGI servers need.

By itself the green server takes a chunked body's line into memory however long it is, and makes a
number of it, during which nothing else runs; with threads, a Content-Length of -1 lets Engine.IO
read to the end, which the client chooses. No client of ours sends either. Both servers log what
anybody sends, and name themselves and Python in responses.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

MAX_LENGTH_DIGITS = 15


def with_request_checks(handler: type[Any]) -> type[Any]:
    """Return a class of request handlers, derived from a server's own, that refuses requests whose
    body has no certain length."""

    class CheckedHandler(handler):  # type: ignore[misc]
        def parse_request(self) -> bool:
            """Read a request's head; return False if it has been refused."""
            if not super().parse_request():
                return False
            if refusal := _refusal(self.headers):
                self.send_error(refusal)
            return refusal is None

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


def _refusal(headers: Any) -> HTTPStatus | None:
    """Return the status that refuses a request for how it gives its body's length, if any."""
    if "Transfer-Encoding" in headers:
        return HTTPStatus.LENGTH_REQUIRED
    lengths = headers.get_all("Content-Length", [])
    if len(lengths) > 1 or not all(map(_is_length, lengths)):
        return HTTPStatus.BAD_REQUEST
    return None


def _is_length(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= MAX_LENGTH_DIGITS
