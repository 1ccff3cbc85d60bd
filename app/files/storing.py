"""Storing the content of a file, reading it, and removing what no file uses."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager

from app.database import read, write, write_in_turn
from app.errors import Unavailable
from app.files.stores import current_stores
from app.models import file, file_content
from app.models.file_content import Content, FileContent
from app.slots import slot_of

AT_ONCE = 6  # contents in memory: a store that is slow must not let them pile up
WAIT_SECONDS = 60.0
REMOVED_AT_ONCE = 100
BUSY = "Too many files are being stored at the moment. Please try again."

_slots = threading.BoundedSemaphore(AT_ONCE)


def slot() -> AbstractContextManager[None]:
    """Wait until there is room for one more content. Raises Unavailable."""
    return slot_of(_slots, WAIT_SECONDS, Unavailable(BUSY, retry_after=WAIT_SECONDS))


def store(data: bytes, pictures: Sequence[bytes] = ()) -> int:
    """Store a content, and the pictures of it that models are sent; return its key.

    In a slot. A file has to use it soon: it is removed otherwise. Raises Unavailable.
    """
    to = current_stores().for_new
    content = write(lambda: FileContent.add(to.name, len(data)))
    for number, picture in enumerate(pictures):
        write_in_turn(
            lambda at=number, seen=picture: file_content.add_picture(content.id, at, seen)  # type: ignore[misc]
        )
    to.put(content, data)
    return content.id


def pieces_of(content: Content) -> Iterator[bytes]:
    """Yield a content in pieces. Raises NotFound and Unavailable, also after some of them."""
    return current_stores().of(content).pieces(content)


def move_older() -> None:
    """Move the contents that processes of the version before have stored."""
    while found := read(file.unmoved):
        key, content, picture = found
        content_id = store(content or b"", [picture] if picture else [])
        write(lambda key=key, content_id=content_id: file.moved(key, content_id))  # type: ignore[misc]


def remove_unused() -> None:
    """Remove the contents that no file uses. Where their store is away they stay for the next
    time."""
    for content in read(lambda: file_content.unused(REMOVED_AT_ONCE)):
        try:
            _remove(content)
        except Unavailable:
            continue


def _remove(content: Content) -> None:
    stores = current_stores()
    stores.of(content).delete(content)
    if content.store != stores.database.name:
        stores.database.delete(content)  # the pictures
    write(lambda: file_content.forget(content.id))
