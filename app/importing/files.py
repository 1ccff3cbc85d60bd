"""Reads the conversations in a file, one at a time: JSON, or a zip file with JSON in it.

A file is never unpacked on the disk, so names in a zip file are no paths, and what it unpacks to is
counted while it is read, so that it does not matter what it says about its size.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import IO, Any, NamedTuple
from zipfile import BadZipFile, LargeZipFile, ZipFile, ZipInfo

import ijson

from app.importing.beside import FOLDER, MANIFEST, Beside
from app.importing.values import Unusable

MAX_JSON_BYTES = 500_000_000  # of all files in a zip file together, unpacked
MAX_FILES = 20_000
MAX_CONVERSATIONS = 50_000
READ_BYTES = 64_000

ZIP = b"PK\x03\x04"
EMPTY_ZIP = b"PK\x05\x06"
BOM = b"\xef\xbb\xbf"
WHITE_SPACE = b" \t\r\n"
NAMED = re.compile(r"(?:.*[/\\])?conversations(?:-\d{1,6})?\.json", re.IGNORECASE | re.DOTALL)
JSON_FILE = re.compile(r"[^\\]*\.json", re.IGNORECASE | re.DOTALL)
LISTED = ("conversations", "chats")  # where an object has its conversations

NOT_JSON = "The file is not JSON, or not all of it. Export it again, and choose that file."
NO_ZIP = "The zip file is damaged."
LOCKED = "The zip file is protected with a password."
NOTHING = "There are no conversations in the file."
TOO_LARGE = f"Unpacked, it is more than {MAX_JSON_BYTES // 1_000_000} MB."
TOO_MANY_FILES = f"The zip file has more than {MAX_FILES:,} files."
TOO_MANY = f"A file can have {MAX_CONVERSATIONS:,} conversations."


class Counted:
    """A file that is read once, up to a bound that it shares with others."""

    def __init__(self, file: IO[bytes], left: list[int]) -> None:
        self._file = file
        self._left = left
        self._ahead = b""

    def read(self, size: int = READ_BYTES) -> bytes:
        """Return at most so many bytes, none at the end. Raises Unusable beyond the bound."""
        if self._ahead:
            data, self._ahead = self._ahead[:size], self._ahead[size:]
            return data
        data = self._file.read(size)
        self._left[0] -= len(data)
        if self._left[0] < 0:
            raise Unusable(TOO_LARGE)
        return data

    def first(self) -> bytes:
        """Return the first byte that is no white space, without taking it; none where all are."""
        data = self.read().removeprefix(BOM).lstrip(WHITE_SPACE)
        while not data and (more := self.read()):
            data = more.lstrip(WHITE_SPACE)
        self._ahead = data
        return data[:1]


class Found(NamedTuple):
    """Something that may be a conversation: a value of JSON, and the files beside it."""

    value: Any
    beside: Beside = Beside()


def conversations(file: IO[bytes]) -> Iterator[Found]:
    """Yield what may be a conversation, in order. Raises Unusable, also after some of them."""
    count = 0
    for found in _all(file):
        count += 1
        if count > MAX_CONVERSATIONS:
            raise Unusable(TOO_MANY)
        yield found
    if count == 0:
        raise Unusable(NOTHING)


def _all(file: IO[bytes]) -> Iterator[Found]:
    left = [MAX_JSON_BYTES]
    beginning = file.read(len(ZIP))
    file.seek(0)
    if beginning not in (ZIP, EMPTY_ZIP):
        yield from _in_json(Counted(file, left))
        return
    try:
        with ZipFile(file) as archive:
            beside = Beside(archive)
            for info in _json_files(archive):
                with archive.open(info) as entry:
                    for found in _in_json(Counted(entry, left)):
                        yield found._replace(beside=beside)
    except RuntimeError:
        raise Unusable(LOCKED) from None
    except (BadZipFile, LargeZipFile, NotImplementedError, zlib.error, EOFError, ValueError):
        raise Unusable(NO_ZIP) from None


def _json_files(archive: ZipFile) -> list[ZipInfo]:
    """Return the files that may have conversations: those named so, or all that are JSON, but for
    those that were sent with messages of ours."""
    files = archive.infolist()
    if len(files) > MAX_FILES:
        raise Unusable(TOO_MANY_FILES)
    if any(each.filename == MANIFEST for each in files):
        files = [each for each in files if not each.filename.startswith(FOLDER)]
    named = [each for each in files if NAMED.fullmatch(each.filename)]
    return named or [each for each in files if JSON_FILE.fullmatch(each.filename)]


def _in_json(file: Counted) -> Iterator[Found]:
    first = file.first()
    try:
        if first == b"[":
            yield from map(Found, ijson.items(file, "item"))
        elif first == b"{":
            yield from _in_object(next(ijson.items(file, "")))
        else:
            raise Unusable(NOT_JSON if first else NOTHING)
    except (ijson.JSONError, UnicodeDecodeError):
        raise Unusable(NOT_JSON) from None


def _in_object(value: Any) -> Iterator[Found]:
    """Yield the conversations that an object lists, or the object."""
    for name in LISTED:
        if isinstance(value.get(name), list):
            yield from map(Found, value[name])
            return
    yield Found(value)
