"""Contents in an S3-compatible store: stored, read, swept; and what happens while it is away."""

from __future__ import annotations

import os
import re
import socket
import threading
from collections.abc import Iterator

import pytest
from flask import Flask

from app.database import write
from app.errors import NotFound, Unavailable
from app.extensions import db
from app.files import s3_store, storing
from app.files.s3_store import AWAY, PIECE_BYTES
from app.files.stores import FileStores
from app.models import File, FileContent, FilePiece
from app.models.file import remove_upload
from app.models.file_content import Content
from app.server.sweeping import sweep_conversations
from tests.files.test_storing import find, grow_old, rows
from tests.support.browser import Browser
from tests.support.cast import Cast
from tests.support.s3_server import S3Server, s3_server
from tests.support.sample_files import picture
from tests.support.services import free_port
from tests.views.test_files import upload

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def stores(app: Flask, server: S3Server) -> FileStores:
    return FileStores(app, server.settings())


@pytest.mark.usefixtures("stores")
def test_a_content_is_an_object(server: S3Server) -> None:
    data = os.urandom(2 * PIECE_BYTES + 1)
    content = find(storing.store(data))
    assert server.objects()[content.public_id] == len(data)
    assert rows(FilePiece) == []
    assert list(map(len, storing.pieces_of(content))) == [PIECE_BYTES, PIECE_BYTES, 1]
    assert b"".join(storing.pieces_of(content)) == data


def test_a_prefix_and_the_variables_of_aws(
    app: Flask, server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")
    FileStores(app, server.settings(prefix="chat/files", key=None, secret=None))
    content = find(storing.store(b"Some text"))
    assert server.objects()[f"chat/files/{content.public_id}"] == 9
    assert b"".join(storing.pieces_of(content)) == b"Some text"


@pytest.mark.usefixtures("stores")
def test_objects_are_swept_and_nothing_is_left(
    app: Flask, server: S3Server, cast: Cast, conversation: str
) -> None:
    before = server.objects()
    upload(Browser(app).signed_in(cast.olive), conversation, "a.png", picture())
    write(lambda: FileContent.add("s3", 3))  # as if the process had died before the request
    assert len(server.objects()) == len(before) + 1
    write(lambda: remove_upload(db.session.scalars(db.select(File)).one()))
    grow_old()
    sweep_conversations()
    assert server.objects() == before
    assert rows(FileContent) == []


def test_while_the_store_is_away_a_file_fails_with_a_sentence_and_is_swept_later(
    app: Flask,
    server: S3Server,
    cast: Cast,
    conversation: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    olive = Browser(app).signed_in(cast.olive)
    FileStores(app, server.settings())
    kept = upload(olive, conversation)
    path = f"/conversations/{conversation}/files/{kept}"
    away = server.settings(endpoint=f"http://127.0.0.1:{free_port()}")
    FileStores(app, away)
    refused = olive.open(path, headers={"Accept": "application/json"})
    assert (refused.status_code, refused.json) == (503, {"message": AWAY})
    with pytest.raises(Unavailable, match="can't be reached"):
        storing.store(b"x")
    write(lambda: remove_upload(db.session.scalars(db.select(File)).one()))
    grow_old()
    sweep_conversations()
    assert len(rows(FileContent)) == 2, "they are removed when it is back"
    assert len(caplog.messages) == 1
    assert "The store of files fails" in caplog.text
    assert not re.search("a-secret|a-key", caplog.text)
    FileStores(app, server.settings())
    sweep_conversations()
    assert rows(FileContent) == []


def test_a_store_that_does_not_answer_keeps_nobody_else_waiting(
    app: Flask, server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_store, "REQUEST_SECONDS", 1)
    monkeypatch.setattr(s3_store, "WAIT_SECONDS", 0.01)
    monkeypatch.setattr(s3_store, "AT_ONCE", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        stores = FileStores(app, server.settings(endpoint=url_of(silent)))
        content = Content(1, "a", "s3", 1)
        failures: list[str] = []
        asking = threading.Thread(target=lambda: failures.append(failure(app, stores, content)))
        asking.start()
        with silent.accept()[0]:
            assert failure(app, stores, content) == AWAY, "further ones don't wait for it"
        FileStores(app, None)
        assert storing.store(b"x"), "others need no thread"
        asking.join(60)
        assert failures == [AWAY]


def failure(app: Flask, stores: FileStores, content: Content) -> str:
    """Return with which sentence a content can't be read."""
    with app.app_context(), pytest.raises(Unavailable) as error:
        list(stores.of(content).pieces(content))
    return error.value.sentence


def url_of(server: socket.socket) -> str:
    return f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.usefixtures("stores")
def test_an_object_that_is_gone_is_not_found() -> None:
    content = Content(1, "0" * 32, "s3", 1)
    with pytest.raises(NotFound):
        list(storing.pieces_of(content))


def test_a_bucket_that_is_not_there_is_told_to_the_operator(
    app: Flask, server: S3Server, caplog: pytest.LogCaptureFixture
) -> None:
    settings = server.settings()
    FileStores(app, type(settings)("nowhere", "", settings.endpoint, "us-east-1", "k", "s"))
    with pytest.raises(Unavailable):
        storing.store(b"x")
    assert "there is no such bucket" in caplog.text
