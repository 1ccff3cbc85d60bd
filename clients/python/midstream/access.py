"""Where a server is, who comes, and why they may be turned away."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

ADDRESS = re.compile(r"https?://[^/\s]+")


class Unreachable(Exception):
    """There is no connection; later there may be."""


class InvalidAddress(ValueError):
    """A server's address is none."""


class Refused(Exception):
    """The server has said no, and will say so again; `code` is the protocol's."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Access:
    """Where a server is, and the API token to sign in with; raises InvalidAddress."""

    url: str
    token: str = field(repr=False)

    def __post_init__(self) -> None:
        if not ADDRESS.match(self.url):
            raise InvalidAddress()
        object.__setattr__(self, "url", self.url.rstrip("/"))
