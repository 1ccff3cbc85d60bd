"""Where a push service takes what is for one browser: an address that the browser has given us.

Anybody can write another one into the form. So it has to be HTTPS, and to lead to public addresses,
except for the services that the operator names; which addresses it leads to is looked up before
each request, which is then sent to one of these.
"""

from __future__ import annotations

import socket
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from app.addresses import is_public
from app.background import offload
from app.config import HTTPS_PORT, PushSettings
from app.errors import Invalid

LONGEST = 1000  # characters of an address
NO_ENDPOINT = "endpoint: it is no address of a push service."


class PrivateAddressError(Exception):
    """A host leads to an address that is not public."""


class Endpoint(NamedTuple):
    """The parts of such an address; `path` is the secret one, with the query."""

    host: str
    port: int
    path: str

    @property
    def origin(self) -> str:
        """Return what a signature is valid for."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return f"https://{name}" + (f":{self.port}" if self.port != HTTPS_PORT else "")

    def addresses(self, settings: PushSettings) -> list[str]:
        """Return the IP addresses of its host. Raises OSError where it has none, and
        PrivateAddressError where one of them is not public and the operator has not named it."""
        rows = offload(socket.getaddrinfo, self.host, self.port, 0, socket.SOCK_STREAM)
        found = [str(row[4][0]) for row in rows]
        if (self.host, self.port) not in settings.hosts and not all(map(is_public, found)):
            raise PrivateAddressError()
        return found


def endpoint_at(url: str) -> Endpoint:
    """Return the parts of an address; raises Invalid where it can't be a push service's."""
    parts, port = _parts(url)
    if parts.scheme != "https" or not parts.hostname or parts.username is not None or not port:
        raise Invalid(NO_ENDPOINT)
    return Endpoint(parts.hostname, port, (parts.path or "/") + (parts.query and f"?{parts.query}"))


def _parts(url: str) -> tuple[SplitResult, int]:
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or " " in url:
        raise Invalid(NO_ENDPOINT)
    try:
        parts = urlsplit(url)
        return parts, HTTPS_PORT if parts.port is None else parts.port
    except ValueError:
        raise Invalid(NO_ENDPOINT) from None
