"""Against requests that do not say how long they are, and against saying more than is asked.

By itself the green server takes a line of a body in chunks into memory however long it is, and
makes a number of it, during which nothing else runs; with threads, a length of -1 lets Engine.IO
read to the end, which is the caller's to choose. No client of ours sends either. Both servers
write what strangers send into the log, and tell them which Python they are.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

MOST_DIGITS = 15


def strict(handler: type[Any]) -> type[Any]:
    """Return a handler of requests that reads nothing of unknown length, from a server's own."""

    class Strict(handler):  # type: ignore[misc]
        def parse_request(self) -> bool:
            """Read a request's head; False if it has been refused."""
            if not super().parse_request():
                return False
            if refusal := _refusal(self.headers):
                self.send_error(refusal)
            return refusal is None

        def send_error(self, code: int, *_explanations: str | None) -> None:
            """Refuse a request and end the connection: where the next one begins is unknown."""
            self.request_version = self.protocol_version  # else what is none gets no answer
            self.send_response(code)
            self.send_header("Content-Length", "0")
            self.send_header("Connection", "close")
            self.end_headers()

        def send_response(self, code: int, message: str | None = None) -> None:
            """Begin a response, without the names of the libraries."""
            self.send_response_only(code, message)
            self.send_header("Date", self.date_time_string())

        def log_message(self, *_: Any) -> None:
            """Write nothing: requests may hold secrets, and as many lines as a stranger likes."""

        log_error = log_message

    return Strict


def _refusal(headers: Any) -> HTTPStatus | None:
    """Say what is wrong with how a request tells its body's length."""
    if "Transfer-Encoding" in headers:
        return HTTPStatus.LENGTH_REQUIRED
    lengths = headers.get_all("Content-Length", [])
    if len(lengths) > 1 or not all(map(_is_length, lengths)):
        return HTTPStatus.BAD_REQUEST
    return None


def _is_length(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS
