"""The contents of files: in pieces between which others run, and swept where nobody uses them."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from typing import Any

import pytest

from app.database import read, write
from app.errors import Unavailable
from app.extensions import db
from app.files import storing
from app.files.stores import NO_STORE, DatabaseStore, current_stores
from app.models import File, FileContent, FilePicture, FilePiece
from app.models.columns import now
from app.models.file import moved, remove_upload
from app.models.file_content import PIECE_BYTES, Content
from app.server.sweeping import sweep_conversations
from tests.support.cast import Cast
from tests.support.harness import Harness
from tests.support.server import run_python
from tests.support.uploads import add_file

pytestmark = pytest.mark.usefixtures("context")

# A green process: `p` is a transaction with a piece, `.` the turn of another task.
GREEN = """
import sys
import eventlet
eventlet.monkey_patch()
import eventlet.tpool
from app import create_app
from app.config import Config
from app.files import storing, stores
from app.models.file_content import FileContent
from app.database import read

order = []
add_piece = stores.add_piece
stores.add_piece = lambda *piece: (order.append("p"), add_piece(*piece))
config = Config("a key for tests", database_url=sys.argv[1], async_mode="eventlet")
app = create_app(config, eventlet.tpool.execute)

def others():
    while True:
        order.append(".")
        eventlet.sleep(0)

other = eventlet.spawn(others)
with app.app_context():
    key = storing.store(bytes(range(250)) * 80_000)
    stored = "".join(order)
    order.clear()
    content = read(lambda: FileContent.find(key))
    for piece in storing.pieces_of(content):
        order.append("r")
other.kill()
print(stored)
print("".join(order))
"""


def test_others_run_between_all_pieces_of_a_file(database_url: str) -> None:
    ran = run_python("-c", GREEN, database_url, env=dict(os.environ))
    assert ran.returncode == 0, ran.stderr
    stored, read_again = ran.stdout.split()
    assert stored.count("p") == read_again.count("r") == 79
    assert not re.search("pp", stored), "others run before the next piece"
    assert not re.search("rr", read_again)


def test_a_content_is_stored_and_read_in_pieces() -> None:
    data = os.urandom(2 * PIECE_BYTES + 1)
    content = find(storing.store(data, [b"one", b"two"]))
    assert (content.store, content.size) == ("database", len(data))
    assert list(map(len, storing.pieces_of(content))) == [PIECE_BYTES, PIECE_BYTES, 1]
    assert b"".join(storing.pieces_of(content)) == data
    assert [row.data for row in rows(FilePicture)] == [b"one", b"two"]
    assert list(storing.pieces_of(find(storing.store(b"")))) == []


def test_a_content_that_no_file_uses_is_swept_after_a_while(harness: Harness, cast: Cast) -> None:
    add_file(harness.database, harness.user(cast.olive))
    storing.store(b"x" * (9 * PIECE_BYTES), [b"seen"])  # as if the process had died after that
    sweep_conversations()
    assert len(rows(FileContent)) == 2, "it may be stored at this moment"
    grow_old()
    sweep_conversations()
    assert [(row.content_id, row.data) for row in rows(FilePiece)] == [(1, b"file")]
    assert len(rows(FilePicture)) == len(rows(FileContent)) == 1
    write(lambda: remove_upload(db.session.scalars(db.select(File)).one()))
    sweep_conversations()
    assert rows(FileContent) == rows(FilePiece) == rows(FilePicture) == []


def test_what_a_process_left_half_stored_is_swept(monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def put(store: DatabaseStore, content: Content, data: bytes) -> None:
        original(store, content, data[:PIECE_BYTES])
        raise Killed

    original = DatabaseStore.put
    monkeypatch.setattr(DatabaseStore, "put", put)
    with pytest.raises(Killed):
        storing.store(b"x" * (3 * PIECE_BYTES))
    assert len(rows(FilePiece)) == 1
    grow_old()
    sweep_conversations()
    assert rows(FileContent) == rows(FilePiece) == []


def test_a_content_that_lost_a_piece_is_not_read_as_whole() -> None:
    content = find(storing.store(b"x" * (2 * PIECE_BYTES)))
    write(lambda: db.session.execute(db.delete(FilePiece).where(FilePiece.number == 1)))
    pieces = storing.pieces_of(content)
    assert len(next(pieces)) == PIECE_BYTES
    with pytest.raises(Unavailable, match="not complete"):
        next(pieces)


def test_a_content_in_a_store_that_is_not_known_stays_where_it_is() -> None:
    content = write(lambda: FileContent.add("s3", 1))
    with pytest.raises(Unavailable, match=NO_STORE):
        storing.pieces_of(content)
    assert "isn't connected" in current_stores().place_of(content.store)
    grow_old()
    sweep_conversations()
    assert len(rows(FileContent)) == 1


def test_what_the_version_before_has_stored_is_moved(harness: Harness, cast: Cast) -> None:
    data = os.urandom(PIECE_BYTES + 1)
    add_file(harness.database, harness.user(cast.olive))
    older = {"content_id": None, "content": data, "picture": b"seen"}
    write(lambda: db.session.execute(db.update(File).values(older)))
    sweep_conversations()
    [file] = rows(File)
    assert b"".join(storing.pieces_of(find(file.content_id))) == data
    assert [row.data for row in rows(FilePicture) if row.content_id == file.content_id] == [b"seen"]
    grow_old()
    sweep_conversations()
    assert len(rows(FileContent)) == 2, "it is used"
    write(lambda: moved(file.id, file.content_id + 1))
    assert rows(File)[0].content_id == file.content_id, "another process had moved it before"


def test_contents_in_memory_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "WAIT_SECONDS", 0.01)
    for _ in range(storing.AT_ONCE):
        assert storing._slots.acquire(blocking=False)
    try:
        with pytest.raises(Unavailable, match="stored"), storing.slot():
            pass
    finally:
        storing._slots.release(storing.AT_ONCE)
    with storing.slot():
        pass


def find(key: int) -> Content:
    """Return where a content is."""
    return read(lambda: FileContent.find(key))


def rows(kind: type[Any]) -> list[Any]:
    """Return all rows of a table."""

    def work() -> list[Any]:
        found = db.session.scalars(db.select(kind).order_by(*kind.__table__.primary_key)).all()
        db.session.expunge_all()
        return list(found)

    return read(work)


def grow_old() -> None:
    """Let all contents be a day old."""
    old = db.update(FileContent).values(created_at=now() - timedelta(days=1))
    write(lambda: db.session.execute(old))
