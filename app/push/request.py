"""One request to a push service: to an address that was checked, within its time."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from http.client import HTTPSConnection
from typing import NamedTuple

from app.background import shut_down_after
from app.push.endpoint import Endpoint

OPERATION_SECONDS = 10.0  # for each thing that the service has to answer
TOTAL_SECONDS = 30.0  # for a request, however slowly the service does that
DIGITS = 5  # of a Retry-After in seconds; a longer one, or a date, counts as none


class Answer(NamedTuple):
    """What a push service has answered; `retry_after` is in seconds, 0 where it says nothing."""

    status: int
    retry_after: float


class PinnedConnection(HTTPSConnection):
    """A connection to one IP address, whatever its host's name leads to meanwhile."""

    def __init__(self, endpoint: Endpoint, address: str) -> None:
        self._tls = ssl.create_default_context()
        super().__init__(endpoint.host, endpoint.port, timeout=OPERATION_SECONDS, context=self._tls)
        self._address = address

    def connect(self) -> None:
        """Connect; the certificate has to be the host's."""
        self.sock = socket.create_connection((self._address, self.port), OPERATION_SECONDS)
        self.sock = self._tls.wrap_socket(self.sock, server_hostname=self.host)


def post(endpoint: Endpoint, address: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Send a request to one of an endpoint's addresses. Redirects are not followed, and the body
    of the answer is not read. Raises OSError and HTTPException."""
    connection = PinnedConnection(endpoint, address)
    try:
        with shut_down_after(TOTAL_SECONDS, lambda: connection.sock):
            connection.request("POST", endpoint.path, body, dict(headers))
            response = connection.getresponse()
            return Answer(response.status, _seconds(response.getheader("Retry-After", "")))
    finally:
        connection.close()


def _seconds(text: str) -> float:
    is_number = text.isascii() and text.isdigit() and len(text) <= DIGITS
    return float(text) if is_number else 0.0
