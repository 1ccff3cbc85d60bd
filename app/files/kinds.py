"""The kinds of files that can be sent with a question; a file's content decides, never its name."""

from __future__ import annotations

import zipfile
from enum import StrEnum
from io import BytesIO
from typing import NamedTuple

MAX_ENTRIES = 10_000  # of an archive
MAX_UNPACKED_BYTES = 200_000_000
HEADER_BYTES = 1024  # a PDF may begin that late
TEXT_CONTROLS = {*range(0x20), 0x7F} - {0x09, 0x0A, 0x0C, 0x0D, 0x1B}  # tab, line, page, escape


class Kind(StrEnum):
    """What a file is."""

    PICTURE = "picture"
    PDF = "pdf"
    DOCUMENT = "document"
    SPREADSHEET = "spreadsheet"
    PRESENTATION = "presentation"
    TEXT = "text"


class Unreadable(Exception):
    """A file can't be used; the text says why, as the end of a sentence about it."""


class Type(NamedTuple):
    """A kind, and the media type that a file of it is served with."""

    kind: Kind
    media_type: str


OFFICE = "application/vnd.openxmlformats-officedocument."
PICTURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
PARTS = {
    "word/document.xml": Type(Kind.DOCUMENT, OFFICE + "wordprocessingml.document"),
    "xl/workbook.xml": Type(Kind.SPREADSHEET, OFFICE + "spreadsheetml.sheet"),
    "ppt/presentation.xml": Type(Kind.PRESENTATION, OFFICE + "presentationml.presentation"),
}
TEXT = Type(Kind.TEXT, "text/plain; charset=utf-8")

NOTHING = "is empty."
UNKNOWN = "can't be used: it is no picture, PDF, text or Office document (docx, xlsx, pptx)."
BOMB = "can't be used: unpacked it is too large."
DAMAGED = "can't be read: it is damaged, or not what it seems to be."


def type_of(data: bytes) -> Type:
    """Return what a file is. Raises Unreadable for what can't be used."""
    if not data:
        raise Unreadable(NOTHING)
    for beginning, media_type in PICTURES:
        if data.startswith(beginning):
            return Type(Kind.PICTURE, media_type)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return Type(Kind.PICTURE, "image/webp")
    if b"%PDF-" in data[:HEADER_BYTES]:
        return Type(Kind.PDF, "application/pdf")
    if data.startswith(b"PK\x03\x04"):
        return _office_type(data)
    decoded(data)
    return TEXT


def decoded(data: bytes) -> str:
    """Return the text of a file that is text; Unreadable for any other."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif TEXT_CONTROLS.isdisjoint(data):
        encodings = ["utf-8-sig", "cp1252"]  # the latter is what older programs on Windows write
    else:
        encodings = []
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable(UNKNOWN)


def _office_type(data: bytes) -> Type:
    """Return what an archive is. Entries claim their size, and no more than that is unpacked."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
    except zipfile.BadZipFile:
        raise Unreadable(DAMAGED) from None
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
        raise Unreadable(BOMB)
    names = {entry.filename for entry in entries}
    for part, found in PARTS.items():
        if part in names:
            return found
    raise Unreadable(UNKNOWN)
