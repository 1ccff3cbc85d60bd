"""How to reach a server, and the errors of a reader that can't."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

ADDRESS = re.compile(r"https?://[^/\\?#\s]+(?:[/?#].*)?")
TRANSIENT = {"rate_limited", "unavailable"}  # error codes of requests that may be sent again later


class Unreachable(Exception):
    """There is no connection. A later try may succeed."""


class InvalidAddress(ValueError):
    """A server's address does not begin with http:// or https://, or names no host."""


class Refused(Exception):
    """The server has refused a request for good; `code` is the protocol's error code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Access:
    """A server's address and an API token; raises InvalidAddress."""

    url: str
    token: str = field(repr=False)

    def __post_init__(self) -> None:
        if not _is_address(self.url):
            raise InvalidAddress()
        object.__setattr__(self, "url", self.url.rstrip("/"))


def _is_address(url: str) -> bool:
    try:
        parsed = urlsplit(url)
        return bool(ADDRESS.fullmatch(url) and parsed.hostname) and parsed.port != 0
    except ValueError:  # of the port, or an IPv6 address without its end
        return False
