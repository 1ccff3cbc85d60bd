"""Contents in a bucket of an S3-compatible server, each an object that is called by its id.

The client is in Rust and blocks: it runs beside the event loop, few requests at a time, each with a
deadline. A server that is away so fails the files that need it, and nobody else waits.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store as Bucket

from app.background import offload
from app.config import S3Settings
from app.database import release
from app.errors import NotFound, Unavailable
from app.models.file_content import Content
from app.outages import Outage
from app.slots import slot_of

logger = logging.getLogger(__name__)

T = TypeVar("T")

PIECE_BYTES = 1_000_000  # that one request reads
AT_ONCE = 6  # requests; threads beside the event loop are left to others
WAIT_SECONDS = 20.0  # for one of these
CONNECT_SECONDS = 5
REQUEST_SECONDS = 30  # for all of it
RETRY_SECONDS = 5  # after so long a request that has failed is not made again
AWAY = "The store of files can't be reached at the moment. Please try again."
GONE = "File not found."
REASONS = {  # by the client's exceptions, whose texts may have addresses and what a server says
    "PermissionDeniedError": "it has refused the key",
    "UnauthenticatedError": "it does not know the key",
    "FileNotFoundError": "there is no such bucket",
    "PermissionError": "it has refused the key",
}
OTHER = "it can't be reached, or has not answered in time"


class S3Store:
    """The objects in one bucket."""

    name = "s3"

    def __init__(self, settings: S3Settings) -> None:
        self._bucket = _bucket(settings)
        self._slots = threading.BoundedSemaphore(AT_ONCE)
        self._outage = Outage("The store of files", logger)

    def put(self, content: Content, data: bytes) -> None:
        """Store a content as an object."""
        try:
            self._do(obstore.put, content.public_id, data, use_multipart=False)
        except FileNotFoundError as error:
            raise self._failed(error) from None

    def pieces(self, content: Content) -> Iterator[bytes]:
        """Yield an object; each piece is a request, so that a slow reader keeps none waiting."""
        for start in range(0, content.size, PIECE_BYTES):
            end = min(start + PIECE_BYTES, content.size)
            try:
                yield bytes(self._do(obstore.get_range, content.public_id, start=start, end=end))
            except FileNotFoundError:
                raise NotFound(GONE) from None

    def delete(self, content: Content) -> None:
        """Delete an object, which may be gone."""
        with suppress(FileNotFoundError):
            self._do(obstore.delete, content.public_id)

    def _do(self, request: Callable[..., T], *args: Any, **options: Any) -> T:
        """Make a request. Raises FileNotFoundError and Unavailable."""
        release()
        try:
            with slot_of(self._slots, WAIT_SECONDS, Unavailable(AWAY, retry_after=WAIT_SECONDS)):
                result = offload(lambda: request(self._bucket, *args, **options))
        except FileNotFoundError:
            raise
        except (BaseError, OSError) as error:
            raise self._failed(error) from None
        self._outage.recovered()
        return result

    def _failed(self, error: Exception) -> Unavailable:
        self._outage.failed(REASONS.get(type(error).__name__, OTHER))
        return Unavailable(AWAY)


def _bucket(settings: S3Settings) -> Bucket:
    """Return the client. What the settings don't say, it finds in the variables of AWS."""
    config = {
        "endpoint": settings.endpoint,
        "region": settings.region,
        "access_key_id": settings.key,
        "secret_access_key": settings.secret,
    }
    return Bucket(
        settings.bucket,
        prefix=settings.prefix or None,
        config={name: value for name, value in config.items() if value},  # type: ignore[arg-type]
        virtual_hosted_style_request=settings.endpoint is None,
        disable_bulk_delete=True,  # not every server has it
        client_options={
            "allow_http": bool(settings.endpoint and settings.endpoint.startswith("http:")),
            "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
            "timeout": timedelta(seconds=REQUEST_SECONDS),
        },
        retry_config={
            "max_retries": 2,
            "retry_timeout": timedelta(seconds=RETRY_SECONDS),
        },
    )
