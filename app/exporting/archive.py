"""All conversations of a person in one zip file, with the files that were sent, written in pieces:
it is never in memory.

Each conversation is read in one transaction, page by page, so that its file shows one moment of it.
It waits on the disk for the end of the transaction, since storing the archive writes elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import IO, Any, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile

from sqlalchemy import select

from app.characters import cut
from app.database import read
from app.errors import NotFound, TooLarge
from app.exporting.conversation import Exported, Format, Payload, exported, page_of
from app.exporting.files import NOT_IN_A_NAME, ArchivedFiles, entry
from app.extensions import db
from app.models import Conversation, Membership

MAX_ARCHIVE_BYTES = 1_000_000_000
MAX_CONVERSATIONS = 100_000
IN_MEMORY_BYTES = 1_000_000  # of a conversation; more of it waits on the disk
COPIED_BYTES = 64_000
NAME_LENGTH = 80
TOO_LARGE = "All of it is more than 1 GB. Export the conversations one by one, in their menus."

Progress = Callable[[int, int], None]
"""Is told how many are done, of how many."""


class Written(NamedTuple):
    """How many conversations and files are in an archive, and how many files were left out."""

    conversations: int
    files: int
    left_out: int


class Pieces:
    """A file that is only written: what comes goes to `store` in pieces of one size."""

    def __init__(self, store: Callable[[bytes], None], piece_bytes: int) -> None:
        self._store = store
        self._piece_bytes = piece_bytes
        self._waiting = bytearray()
        self.size = 0

    def write(self, data: bytes) -> int:
        """Take more of the file. Raises TooLarge where it is more than an archive may have."""
        self.size += len(data)
        if self.size > MAX_ARCHIVE_BYTES:
            raise TooLarge(TOO_LARGE)
        self._waiting += data
        while len(self._waiting) >= self._piece_bytes:
            self._store(bytes(self._waiting[: self._piece_bytes]))
            del self._waiting[: self._piece_bytes]
        return len(data)

    def flush(self) -> None:
        """Keep what waits until there is a whole piece."""

    def close(self) -> None:
        """Store the rest."""
        if self._waiting:
            self._store(bytes(self._waiting))
            self._waiting.clear()


def write_archive(user_id: int, form: Format, file: Any, progress: Progress) -> Written:
    """Write a zip file with all conversations that a user may read; return what is in it."""
    keys = read(lambda: _conversations_of(user_id))
    written = 0
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        files = ArchivedFiles(archive, lambda: progress(written, len(keys)))
        for index, key in enumerate(keys):
            progress(index, len(keys))
            with _text_of(key, user_id, form, files) as (about, text):
                if about is not None:
                    written += 1
                    _add(archive, _name(written, about.title, form), text)
            files.add()
        files.close()
    progress(len(keys), len(keys))
    return Written(written, len(files.added), len(files.left_out))


@contextmanager
def _text_of(
    key: int, user_id: int, form: Format, files: ArchivedFiles
) -> Iterator[tuple[Exported | None, IO[bytes]]]:
    """Give a conversation and its text as one moment shows them; None where the user can't read
    it any more."""
    with SpooledTemporaryFile(IN_MEMORY_BYTES) as text:
        about = read(lambda: _spool(key, user_id, form, text, files))
        text.seek(0)
        yield about, text


def _spool(
    key: int, user_id: int, form: Format, text: IO[bytes], files: ArchivedFiles
) -> Exported | None:
    conversation = db.session.get(Conversation, key)
    if conversation is None:
        return None
    try:
        conversation.member(user_id)
    except NotFound:
        return None
    about = exported(conversation, user_id)
    text.seek(0)
    text.truncate()
    for part in form.write(about, lambda shown: _messages(about, shown, files)):
        text.write(part.encode())
    return about


def _messages(about: Exported, shown: bool, files: ArchivedFiles) -> Iterable[Payload]:
    """Yield all messages in the caller's transaction; the session keeps one page of them."""
    position = 0
    while page := page_of(about, position, shown):
        db.session.expunge_all()
        for message in page:
            if "files" in message:
                message["files"] = files.placed(message["files"])
            yield message
        position = page[-1]["position"]


def _conversations_of(user_id: int) -> list[int]:
    """Return the keys of the conversations that a user may read, the oldest first."""
    mine = (
        select(Conversation.id)
        .join(Membership, Membership.conversation_id == Conversation.id)
        .where(Membership.user_id == user_id, Conversation.deleted_at.is_(None))
        .where(~Conversation.is_unused())
    )
    return list(db.session.scalars(mine.order_by(Conversation.id).limit(MAX_CONVERSATIONS)))


def _add(archive: ZipFile, name: str, text: IO[bytes]) -> None:
    with archive.open(entry(name, ZIP_DEFLATED), "w", force_zip64=True) as added:
        while piece := text.read(COPIED_BYTES):
            added.write(piece)


def _name(number: int, title: str, form: Format) -> str:
    """Return a file's name that every system takes, and that no other has."""
    line = " ".join(NOT_IN_A_NAME.sub(" ", cut(title, NAME_LENGTH)).split()).strip(". ")
    return f"{number:04} {line}".strip() + f".{form.suffix}"
