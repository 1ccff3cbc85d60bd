"""Where the contents of files are: in the database, or in an S3-compatible store.

`FileStore` is what both can do. New contents go to the store that the settings name; each content
says which store has it, so the others are still read when the settings change.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol, cast

from flask import Flask, current_app

from app.background import offload
from app.config import S3Settings
from app.database import read, write, write_in_turn
from app.errors import Unavailable
from app.extensions import db, socketio
from app.files.s3_store import S3Store
from app.models.file_content import PIECE_BYTES, Content, FilePiece, add_piece, drop_some

PIECES_PER_CHECKPOINT = 16  # about half of what lets a commit move SQLite's log by itself
NO_STORE = "This file is in a store that the server isn't connected to."
NOT_CONNECTED = "a store that this server isn't connected to"
CUT_OFF = "This file is not complete any more."


class FileStore(Protocol):
    """A store of contents: each is put once, and then read or deleted."""

    name: str

    def put(self, content: Content, data: bytes) -> None:
        """Store a content. Raises Unavailable; some of it may be stored then."""

    def pieces(self, content: Content) -> Iterator[bytes]:
        """Yield a content in pieces. Raises NotFound and Unavailable."""

    def delete(self, content: Content) -> None:
        """Delete what there is of a content, which may be nothing. Raises Unavailable."""


class DatabaseStore:
    """Contents in pieces, each in a transaction of its own, between which everything else runs."""

    name = "database"

    def put(self, content: Content, data: bytes) -> None:
        """Store a content, piece by piece."""
        for number, start in enumerate(range(0, len(data), PIECE_BYTES)):
            piece = data[start : start + PIECE_BYTES]
            write_in_turn(lambda at=number, piece=piece: add_piece(content.id, at, piece))  # type: ignore[misc]
            if number % PIECES_PER_CHECKPOINT == PIECES_PER_CHECKPOINT - 1:
                _move_log()

    def pieces(self, content: Content) -> Iterator[bytes]:
        """Yield a content, each piece read in a transaction of its own."""
        for number in range(-(-content.size // PIECE_BYTES)):
            piece = read(lambda at=number: FilePiece.read(content.id, at))  # type: ignore[misc]
            if not piece:
                raise Unavailable(CUT_OFF)
            yield piece
            socketio.sleep(0)

    def delete(self, content: Content) -> None:
        """Delete the pieces, some in each transaction, and the pictures made of the content."""
        while write(lambda: drop_some(content.id)):
            socketio.sleep(0)


class FileStores:
    """The stores of an app: the database, and the one for new contents."""

    def __init__(self, app: Flask, settings: S3Settings | None) -> None:
        self.database = DatabaseStore()
        self.for_new: FileStore = S3Store(settings) if settings else self.database
        self._known = {each.name: each for each in (self.database, self.for_new)}
        self._places = {self.database.name: "the database"}
        if settings:
            self._places[S3Store.name] = settings.place
        app.extensions["file_stores"] = self

    def of(self, content: Content) -> FileStore:
        """Return the store that has a content. Raises Unavailable."""
        try:
            return self._known[content.store]
        except KeyError:
            raise Unavailable(NO_STORE) from None

    def place_of(self, name: str) -> str:
        """Return where a store is, for people."""
        return self._places.get(name, NOT_CONNECTED)


def current_stores() -> FileStores:
    """Return the current app's stores."""
    return cast(FileStores, current_app.extensions["file_stores"])


def _move_log() -> None:
    """Move SQLite's log into the database beside the event loop, on a connection of its own.

    Otherwise the commit that fills it does so, and everybody waits for the disk.
    """
    if db.engine.dialect.name == "sqlite":
        with db.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            offload(lambda: driver.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall())
