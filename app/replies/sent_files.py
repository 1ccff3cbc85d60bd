"""The files that a model gets: those of all questions that lead to an answer, of long texts the
beginning. They stay when messages around them are left out."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import accumulate
from typing import Any, NamedTuple

import regex
from sqlalchemy import ColumnElement, select

from app.characters import balanced
from app.database import read
from app.extensions import db, socketio
from app.models import File, FilePicture, Message, MessageFile, User
from app.providers import Picture, Turn
from app.providers.tokens import BYTES_PER_TOKEN, TOKENS_PER_MESSAGE
from app.replies.speakers import Author, Speech
from app.text import NOT_IN_A_LINE

FILES_SHARE = 0.7  # of what there is room for; the rest is for what is said about them
LEAST_TOKENS = 300  # of each text, or all of it, however many files there are
MAX_PICTURES = 10  # the newest
MAX_FILES = 100  # the newest
PICTURE_KIND, PICTURE_TYPE = "picture", "image/jpeg"
LEFT_OUT = "(This file is left out: there is no room for it.)"
CUT = "(The file goes on; the rest is left out.)"
PAGE_TOKENS = 2_500  # of a page as a picture, at most
PAGES = "(The first {} pages of this file are among the pictures.)"
NO_TEXT = "(No text was found in this file.)"
# Also with what people don't see between the characters, and with what only looks like `<`.
TAG = regex.compile(r"[<\uff1c\ufe64\u2039\u3008](?=[\s\p{Cf}/\\]*(?:file|picture)\b)", regex.I)


class Chosen(NamedTuple):
    """A file's row, for how many tokens of it there is room, and how many pages as pictures."""

    row: Any
    tokens: int
    pages: int = 0


class Sent(NamedTuple):
    """What a model gets of the files of one question: `speech` has them, and no other text."""

    position: int
    speech: Speech


class FileContents(NamedTuple):
    """What is made of a file: its text, and the keys of its pictures."""

    text: str
    pictures: list[int]


class SentFiles(NamedTuple):
    """The files that a model gets by the keys of their questions, and about how many tokens."""

    by_question: dict[int, Sent]
    tokens: int

    def added_to(self, key: int, speech: Speech) -> Speech:
        """Return a question with its files."""
        if key not in self.by_question:
            return speech
        sent = self.by_question[key].speech
        return speech._replace(files=sent.files, pictures=sent.pictures)


def rows_on(is_on: ColumnElement[bool]) -> Sequence[Any]:
    """Return the files of these messages, the newest first, without their texts and pictures."""
    return db.session.execute(_rows(is_on)).all()


def least_of(rows: Sequence[Any], *, sees: bool) -> int:
    """Return the fewest tokens that these files need: of a long text its beginning is sent, at
    least."""
    return sum(
        TOKENS_PER_MESSAGE + _least(row, number, sees=sees) for number, row in _numbered(rows)
    )


def read_files(rows: Sequence[Any], room: int, *, sees: bool) -> SentFiles:
    """Return what a model gets of these files; `room` is in tokens."""
    chosen = _choose(rows, room, sees=sees)
    contents = _contents([each.row.file_id for each in chosen if each.tokens or each.pages])
    questions: dict[int, list[Chosen]] = {}
    for each in reversed(chosen):
        questions.setdefault(each.row.message_id, []).append(each)
    sent = {key: _sent(files, contents) for key, files in questions.items()}
    tokens = (each.tokens + each.pages * PAGE_TOKENS + TOKENS_PER_MESSAGE for each in chosen)
    return SentFiles(sent, sum(tokens))


def with_pictures(turns: Sequence[Turn]) -> list[Turn]:
    """Return `turns` with the data of their pictures, each read in a transaction of its own:
    together they may be megabytes."""
    return [
        turn._replace(pictures=tuple(map(_read_picture, turn.pictures))) if turn.pictures else turn
        for turn in turns
    ]


def _read_picture(picture: Picture) -> Picture:
    socketio.sleep(0)
    return picture._replace(data=read(lambda: FilePicture.read(picture.key)), key=0)


def _rows(is_on: ColumnElement[bool]) -> Any:
    return (
        select(MessageFile.message_id, MessageFile.file_id, Message.position)
        .add_columns(Message.author_id, User.name.label("author"))
        .add_columns(File.name, File.kind, File.tokens, File.is_cut, File.pages)
        .join(Message, Message.id == MessageFile.message_id)
        .join(File, File.id == MessageFile.file_id)
        .outerjoin(User, User.id == Message.author_id)
        .where(is_on)
        .order_by(Message.position.desc(), MessageFile.place.desc())
        .limit(MAX_FILES)
    )


def _numbered(rows: Sequence[Any]) -> list[tuple[int, Any]]:
    """Return the files, and for each how many newer ones are pictures."""
    numbers = accumulate((row.kind == PICTURE_KIND for row in rows), initial=0)
    return list(zip(numbers, rows, strict=False))


def _least(row: Any, newer_pictures: int, *, sees: bool) -> int:
    if row.kind != PICTURE_KIND:
        return min(int(row.tokens), LEAST_TOKENS)
    if newer_pictures >= MAX_PICTURES:
        return 0
    return int(row.tokens) if sees else 1


def _choose(rows: Sequence[Any], room: int, *, sees: bool) -> list[Chosen]:
    """Return the files, newest first: a picture is sent as a whole, and of each text the beginning.
    The rest of a share of the room is for what follows of the texts, and for the pages that fit, to
    models that see."""
    chosen = []
    pictures = sum(row.kind == PICTURE_KIND for row in rows)
    spare = int(FILES_SHARE * room) - least_of(rows, sees=sees)
    for number, row in _numbered(rows):
        tokens, pages = _least(row, number, sees=sees), 0
        if row.kind != PICTURE_KIND:
            more = max(0, min(row.tokens - tokens, spare))
            fitting = min(MAX_PICTURES - pictures, (spare - more) // PAGE_TOKENS)
            pages = max(0, min(row.pages, fitting)) if sees else 0
            pictures += pages
            tokens += more
            spare -= more + pages * PAGE_TOKENS
        chosen.append(Chosen(row, tokens, pages))
    return chosen


def _contents(keys: Sequence[int]) -> dict[int, FileContents]:
    """Return the texts and the pictures of these files."""
    if not keys:
        return {}
    texts = select(File.id, File.text).where(File.id.in_(keys))
    found = {row.id: FileContents(row.text, []) for row in db.session.execute(texts)}
    pictures = (
        select(File.id, FilePicture.id)
        .join(FilePicture, FilePicture.content_id == File.content_id)
        .where(File.id.in_(keys))
        .order_by(FilePicture.number)
    )
    for file_id, key in db.session.execute(pictures):
        found[file_id].pictures.append(key)
    return found


def _sent(files: Sequence[Chosen], contents: dict[int, FileContents]) -> Sent:
    first = files[0].row
    text = "\n\n".join(_as_text(each, contents.get(each.row.file_id)) for each in files)
    pictures = tuple(
        Picture(PICTURE_TYPE, key=key)
        for row, _, pages in files
        if row.file_id in contents
        for key in contents[row.file_id].pictures[: None if row.kind == PICTURE_KIND else pages]
    )
    by = Author(first.author_id, first.author)
    return Sent(first.position, Speech(by, "", files=text, pictures=pictures))


def _as_text(chosen: Chosen, content: FileContents | None) -> str:
    """Return a file as a model reads it. Neither a name nor a text can end its tag."""
    row, tokens, pages = chosen
    name = escape(NOT_IN_A_LINE.sub(" ", balanced(row.name)))
    if row.kind == PICTURE_KIND:
        return f'<picture name="{name}" />' + ("" if tokens else f"\n{LEFT_OUT}")
    if content is None:
        inside = LEFT_OUT if row.tokens else NO_TEXT
        return f'<file name="{name}">\n{inside}\n</file>'
    text = content.text.encode()[: tokens * BYTES_PER_TOKEN].decode(errors="ignore")
    is_cut = row.is_cut or len(text) < len(content.text)
    inside = TAG.sub("&lt;", text)
    notes = [PAGES.format(pages)] if pages else []
    return "\n".join([f'<file name="{name}">\n{inside}\n</file>', *notes, *[CUT] * is_cut])
