"""Looking at files: each in a process of its own, a few at a time, with a deadline."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

from app import counts
from app.child_process import APP, ChildProcess, program_of
from app.errors import Invalid, Unavailable
from app.files.frames import receive, send
from app.slots import slot_of

logger = logging.getLogger(__name__)

PROGRAM = program_of("app.files.worker")
AT_ONCE = 2  # processes; each may need the memory of a whole file, unpacked
WAIT_SECONDS = 60.0  # for a turn
SECONDS = 60.0  # for one file, on a busy machine; its processor time is limited, too
STOP_SECONDS = 0.5
MAX_FOUND_BYTES = 20_000_000

BUSY = "Too many files are being read at the moment. Please try again."
TOO_LONG = "“{name}” can't be read: that takes too long, or too much memory."

_turns = threading.BoundedSemaphore(AT_ONCE)


class Found(NamedTuple):
    """What a file is. Of a picture there is a `thumbnail` and what models are `sent`, with the
    sizes of both; of any other its text, and whether there is more of it, and of a scan `pages`
    as pictures."""

    kind: str
    media_type: str
    text: str = ""
    is_cut: bool = False
    thumbnail: bytes = b""
    thumbnail_size: tuple[int, int] = (0, 0)
    sent: bytes = b""
    size: tuple[int, int] = (0, 0)
    pages: tuple[bytes, ...] = ()


def inspection() -> AbstractContextManager[None]:
    """Wait until a file can be looked at: it is not in memory before. Raises Unavailable."""
    return slot_of(_turns, WAIT_SECONDS, Unavailable(BUSY, retry_after=WAIT_SECONDS))


def inspect(name: str, data: bytes, megapixels: int) -> Found:
    """Return what a file is, by its content.

    In an `inspection`. Raises Invalid with a sentence that names it where it can't be used, and
    Unavailable.
    """
    fields, beside = _ask(name, data, {"megapixels": megapixels, "is_avatar": False})
    kind, media_type = fields["kind"], fields["media_type"]
    if "thumbnail_bytes" not in fields:
        *pages, text = _parts(beside, fields["pages"])
        return Found(kind, media_type, text.decode(), fields["is_cut"], pages=tuple(pages))
    end = fields["thumbnail_bytes"]
    small, size = tuple(fields["thumbnail_size"]), tuple(fields["size"])
    return Found(kind, media_type, "", False, beside[:end], small, beside[end:], size)


def avatar_of(name: str, data: bytes, megapixels: int) -> bytes:
    """Return a picture as a small square, in WebP. Raises as `inspect` does."""
    return _ask(name, data, {"megapixels": megapixels, "is_avatar": True})[1]


def _parts(data: bytes, lengths: Sequence[int]) -> list[bytes]:
    """Return parts of these lengths, and the rest."""
    parts, start = [], 0
    for length in lengths:
        parts.append(data[start : start + length])
        start += length
    return [*parts, data[start:]]


def _ask(name: str, data: bytes, how: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    try:
        fields, beside = _answer(data, how)
    except (OSError, ValueError):  # it was ended, or has not answered in time
        counts.FILES.add("ended")
        raise Invalid(TOO_LONG.format(name=name)) from None
    if "problem" in fields:
        counts.FILES.add("refused")
        raise Invalid(f"“{name}” {fields['problem']}")
    counts.FILES.add("read")
    return fields, beside


def _answer(data: bytes, how: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    child = ChildProcess()
    try:
        _start(child)
        child.socket.settimeout(SECONDS)
        send(child.socket, how, data)
        return receive(child.socket, MAX_FOUND_BYTES)
    finally:
        child.stop(STOP_SECONDS)


def _start(child: ChildProcess) -> None:
    try:
        child.start("-c", PROGRAM, str(APP))
    except OSError as error:
        logger.error("The process that reads files can't be started: %s.", error.strerror)
        raise Unavailable() from None
