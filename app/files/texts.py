"""The text of a file, as much as a model is sent of it at most."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any

from app.files.kinds import Kind, Unreadable, decoded

MAX_CHARACTERS = 400_000
MAX_PAGES = 3_000
LOCKED = "can't be read: it is protected by a password."


def text_of(data: bytes, kind: Kind) -> tuple[str, bool]:
    """Return the text of a file, and whether there is more. Raises Unreadable, and whatever the
    libraries raise."""
    pieces: list[str] = []
    left = MAX_CHARACTERS
    for piece in _pieces(data, kind):
        pieces.append(piece[:left])
        left -= len(piece)
        if left < 0:
            break
    text = "".join(pieces).replace("\0", "").replace("\r\n", "\n").strip()
    return text.encode("utf-8", "replace").decode(), left < 0


def _pieces(data: bytes, kind: Kind) -> Iterable[str]:
    if kind is Kind.TEXT:
        return [decoded(data)]
    readers = {
        Kind.PDF: _pdf,
        Kind.DOCUMENT: _document,
        Kind.SPREADSHEET: _spreadsheet,
        Kind.PRESENTATION: _presentation,
    }
    return readers[kind](data)


# The libraries are imported where they are used: a process reads one file, and needs one of them.
def _pdf(data: bytes) -> Iterator[str]:
    from pypdf import PdfReader

    reader = PdfReader(BytesIO(data))
    if reader.is_encrypted and not reader.decrypt(""):
        raise Unreadable(LOCKED)
    for number in range(min(len(reader.pages), MAX_PAGES)):
        yield f"{reader.pages[number].extract_text()}\n\n"


def _document(data: bytes) -> Iterator[str]:
    from docx import Document

    for block in Document(BytesIO(data)).iter_inner_content():
        yield from _rows(block) if hasattr(block, "rows") else [f"{block.text}\n"]


def _spreadsheet(data: bytes) -> Iterator[str]:
    from python_calamine import CalamineWorkbook

    workbook = CalamineWorkbook.from_filelike(BytesIO(data))
    for name in workbook.sheet_names:
        yield f"# {name}\n"
        for row in workbook.get_sheet_by_name(name).iter_rows():
            yield "\t".join(map(_cell, row)).rstrip() + "\n"


def _presentation(data: bytes) -> Iterator[str]:
    from pptx import Presentation

    for number, slide in enumerate(Presentation(BytesIO(data)).slides, start=1):
        yield f"# {number}\n"
        for shape in slide.shapes:
            yield from _shape(shape)
        if slide.has_notes_slide and (notes := slide.notes_slide.notes_text_frame):
            yield f"{notes.text}\n"


def _shape(shape: Any) -> Iterator[str]:
    if shape.has_text_frame:
        yield f"{shape.text_frame.text}\n"
    elif shape.has_table:
        yield from _rows(shape.table)


def _rows(table: Any) -> Iterator[str]:
    for row in table.rows:
        yield "\t".join(cell.text for cell in row.cells) + "\n"


def _cell(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


warnings.simplefilter("ignore")  # nobody would read them
