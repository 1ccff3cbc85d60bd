"""What comes out of an SDK when the server or the line fails, or sends what isn't JSON.

An SDK's own errors become SdkError at its edge, so that only the providers that are set up have
their SDK imported: that takes a second or two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import httpx2

T = TypeVar("T")


class SdkError(Exception):
    """An error of an SDK's own, with what it tells; `__cause__` is what it was raised from."""

    def __init__(self, error: Exception) -> None:
        super().__init__(type(error).__name__)
        self.status_code: object = getattr(error, "status_code", None)
        self.body: object = getattr(error, "body", None)


FAILURES = (
    SdkError,
    httpx2.HTTPError,
    httpx2.InvalidURL,
    ValueError,  # what isn't JSON or UTF-8; a TLS connection that was cut
    RecursionError,  # JSON nested without end
    OSError,
)


@contextmanager
def as_sdk_error(kind: type[Exception]) -> Iterator[None]:
    """Turn errors of the SDK's base class `kind` into SdkError."""
    try:
        yield
    except kind as error:
        raise SdkError(error) from error.__cause__


def each(items: Iterable[T], kind: type[Exception]) -> Iterator[T]:
    """Yield what an SDK yields, its errors turned into SdkError."""
    with as_sdk_error(kind):
        yield from items
