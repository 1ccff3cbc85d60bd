"""Uploading files, and reading those of a conversation."""

from __future__ import annotations

from collections.abc import Iterator
from contextvars import Context
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.config import FileSettings
from app.config import files as file_settings
from app.database import write
from app.extensions import db
from app.files import uploading
from app.files.inspecting import Found
from app.models import File, Message
from app.models import file as files
from app.models.columns import now
from app.server.sweeping import sweep_conversations
from tests.support.browser import Browser, articles
from tests.support.cast import Cast
from tests.support.harness import Harness
from tests.support.http_session import csrf_token
from tests.support.sample_files import picture
from tests.support.sharing import Stranger, share

JSON = {"Accept": "application/json"}
TEXT = Found("text", "text/plain; charset=utf-8", "Some text")
PICTURE = Found("picture", "image/png", "", False, b"small", (60, 40), b"sent", (600, 400))


@pytest.fixture(autouse=True)
def inspected(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at no file: what begins like a PNG is a picture, and everything else is text."""

    def look(_name: str, data: bytes, _megapixels: int) -> Found:
        return PICTURE if data.startswith(b"\x89PNG") else TEXT

    monkeypatch.setattr(uploading, "inspect", look)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a megabyte a tenth of one: the test's client would put larger forms into files."""
    monkeypatch.setattr(file_settings, "MEGABYTE", 100_000)


@pytest.fixture
def settings(app: Flask) -> Iterator[Any]:
    """Change the settings about files."""

    def change(**fields: int) -> None:
        config = app.extensions["config"]
        app.extensions["config"] = replace(config, files=FileSettings(**fields))

    return change


def post(browser: Browser, path: str, *uploads: tuple[str, bytes], **fields: Any) -> TestResponse:
    """Send a form with files."""
    token = csrf_token(browser.open("/conversations").text)
    data = {"csrf_token": token, "file": [(BytesIO(data), name) for name, data in uploads]}
    return Context().run(browser.client.post, path, data=data | fields, headers=JSON)


def upload(
    browser: Browser, conversation: str, name: str = "a.txt", data: bytes = b"Some text"
) -> str:
    """Upload a file, and return its id."""
    response = post(browser, f"/conversations/{conversation}/files", (name, data))
    assert response.status_code == 201, response.text
    return str(response.json["id"])


def stored(harness: Harness) -> list[str]:
    """Return the ids of all files."""
    found = db.select(File.public_id).order_by(File.id)
    return harness.database.read(lambda: list(db.session.scalars(found)))


def send(
    harness: Harness, person: Any, conversation: str, *ids: str, **fields: Any
) -> dict[str, Any]:
    payload = {"conversation": conversation, "content": "See?", "files": list(ids)}
    return harness.reader(person).ask("send", payload | fields)


def test_an_upload_is_described_and_its_owners_alone(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    folder = f"/conversations/{conversation}/files"
    response = post(olive, folder, ("Notes.txt", b"Some text"))
    file = response.json
    assert response.status_code == 201
    assert file == {"id": file["id"], "name": "Notes.txt", "size": 9, "kind": "text"}
    max = Browser(harness.app).signed_in(cast.max)
    assert olive.open(f"{folder}/{file['id']}").data == b"Some text"
    assert max.open(f"{folder}/{file['id']}").status_code == 404
    post(max, f"{folder}/{file['id']}/remove")
    post(olive, f"{folder}/no-id/remove")
    assert len(stored(harness)) == 1
    assert post(olive, f"{folder}/{file['id']}/remove").status_code == 204
    assert len(stored(harness)) == 0


def test_members_read_the_files_of_messages(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    folder = f"/conversations/{conversation}/files"
    text, seen = upload(olive, conversation), upload(olive, conversation, "a.png", picture())
    reader = harness.reader(cast.max, conversation)
    assert send(harness, cast.olive, conversation, text, seen)["ok"]
    [message, *_] = [data for name, data in reader.received() if name == "message"]
    about = {"id": seen, "name": "a.png", "size": len(picture()), "kind": "picture"}
    assert message["files"] == [
        {"id": text, "name": "a.txt", "size": 9, "kind": "text"},
        about | {"width": 60, "height": 40},
    ]
    max = Browser(harness.app).signed_in(cast.max)
    response = max.open(f"{folder}/{text}")
    assert response.headers["Content-Disposition"] == "attachment; filename=a.txt"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none';")
    assert response.headers["Content-Security-Policy"].endswith("; sandbox")
    assert response.content_type == "text/plain; charset=utf-8"
    again = max.open(f"{folder}/{text}", headers={"If-None-Match": response.headers["ETag"]})
    assert again.status_code == 304
    shown = max.open(f"{folder}/{seen}")
    assert (shown.data, shown.content_type) == (picture(), "image/png")
    assert shown.headers["Content-Disposition"].startswith("inline")
    assert max.open(f"{folder}/{seen}/thumbnail").data == b"small"
    assert max.open(f"{folder}/{text}/thumbnail").status_code == 404
    assert max.open(f"{folder}/{'0' * 32}").status_code == 404
    assert max.open(f"{folder}/x").status_code == 404
    _, inside = next(iter(articles(max.open(f"/conversations/{conversation}").text).values()))
    assert f'href="{folder}/{text}" download=""' in inside
    assert f'src="{folder}/{seen}/thumbnail" alt="a.png" width="60" height="40"' in inside
    other = harness.database.conversation(cast.max)
    assert max.open(f"/conversations/{other}/files/{text}").status_code == 404


def test_a_file_may_be_sent_without_a_text_and_names_the_conversation(
    harness: Harness, cast: Cast, olive: Browser
) -> None:
    socket = harness.reader(cast.olive)
    new = socket.ask("create", {})["conversation"]
    file = upload(olive, new, "Plan.txt")
    assert socket.ask("send", {"conversation": new, "files": [file]})["ok"]
    assert "Plan.txt" in olive.open("/conversations").text
    refusal = socket.ask("send", {"conversation": new, "content": ""})
    assert refusal["error"] == "invalid"
    empty = "content: a message needs a text, or files."
    assert socket.ask("send", {"conversation": new})["message"] == empty
    question = harness.database.messages(new)[0].id
    assert socket.ask("edit", {"id": question, "files": []})["message"] == empty


def test_files_that_are_gone_somebody_elses_or_too_many_are_refused(
    harness: Harness, cast: Cast, conversation: str, olive: Browser, settings: Any
) -> None:
    file = upload(olive, conversation)
    for person, ids in ((cast.max, [file]), (cast.olive, ["0" * 32]), (cast.olive, ["x\0"])):
        refusal = send(harness, person, conversation, *ids)
        assert (refusal["error"], refusal["message"]) == ("conflict", files.GONE)
    settings(per_message=1)
    refusal = send(harness, cast.olive, conversation, file, upload(olive, conversation))
    assert refusal["message"] == "A message can have 1 files."
    assert harness.database.messages(conversation) == []
    assert send(harness, cast.olive, conversation, file)["ok"]
    settings(per_message=0)
    response = post(olive, f"/conversations/{conversation}/files", ("a.txt", b"x"))
    assert response.json == {"message": uploading.NO_FILES}
    assert "data-composer-attach" not in olive.open(f"/conversations/{conversation}").text


def test_a_message_that_is_sent_twice_has_its_file_once(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    file = upload(olive, conversation)
    acks = [send(harness, cast.olive, conversation, file, file, key="k") for _ in range(2)]
    assert acks[0]["id"] == acks[1]["id"]
    rows = db.select(db.func.count()).select_from(files.MessageFile)
    assert harness.database.read(lambda: db.session.scalar(rows)) == 1


def test_another_version_keeps_the_files_unless_it_has_others(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    first, second = upload(olive, conversation), upload(olive, conversation, "b.txt")
    asked = send(harness, cast.olive, conversation, first)["id"]
    socket = harness.reader(cast.olive)
    edited = socket.ask("edit", {"id": asked, "content": "And?"})["id"]
    assert names(harness, conversation) == [["a.txt"]]
    both = socket.ask("edit", {"id": edited, "content": "And?", "files": [second, first]})["id"]
    assert names(harness, conversation) == [["b.txt", "a.txt"]]
    assert socket.ask("edit", {"id": both, "content": "And?", "files": []})["ok"]
    assert names(harness, conversation) == [[]]


def names(harness: Harness, conversation: str) -> list[list[str]]:
    """Return the names of the files of the shown questions."""
    shown = Message.conversation_id == harness.key(conversation), Message.role == "user"
    found = db.select(Message.files).where(*shown, Message.is_shown()).order_by(Message.position)
    rows = harness.database.read(lambda: db.session.scalars(found).all())
    return [[file["name"] for file in row] for row in rows]


def test_a_branch_has_the_files_and_keeps_them(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    file = upload(olive, conversation)
    send(harness, cast.olive, conversation, file)
    harness.later.clear()
    question = harness.database.messages(conversation)[0].id
    branch = harness.reader(cast.max).ask("branch", {"id": question})["conversation"]
    max = Browser(harness.app).signed_in(cast.max)
    assert max.open(f"/conversations/{branch}/files/{file}").data == b"Some text"
    grow_old(harness)
    remove(harness, conversation)
    assert olive.open(f"/conversations/{conversation}/files/{file}").status_code == 404
    assert max.open(f"/conversations/{branch}/files/{file}").data == b"Some text"
    remove(harness, branch)
    assert len(stored(harness)) == 0


def remove(harness: Harness, conversation: str) -> None:
    """Delete a conversation a while ago, and sweep."""

    def delete() -> None:
        found = db.session.get_one(files.Message.conversation.property.mapper.class_, key)
        found.deleted_at = now() - timedelta(hours=1)

    key = harness.key(conversation)
    write(delete)
    sweep_conversations()


def grow_old(harness: Harness) -> None:
    """Let all uploads be two days old."""
    old = now() - timedelta(days=2)
    harness.database.write(lambda: db.session.execute(db.update(File).values(created_at=old)))


def test_uploads_that_are_not_sent_are_bounded_and_swept(
    harness: Harness,
    cast: Cast,
    conversation: str,
    olive: Browser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(files, "MAX_PENDING", 2)
    sent = upload(olive, conversation)
    send(harness, cast.olive, conversation, sent)
    ids = [upload(olive, conversation) for _ in range(4)]
    assert set(stored(harness)) == {sent, *ids[2:]}
    monkeypatch.setattr(files, "MAX_PENDING_BYTES", 10)
    last = upload(olive, conversation)
    assert set(stored(harness)) == {sent, last}
    sweep_conversations()
    assert len(stored(harness)) == 2
    grow_old(harness)
    sweep_conversations()
    assert stored(harness) == [sent]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\a.txt", "a.txt"),
        ("a\0b\n\tc\x1b.txt", "a b c .txt"),
        ("evil\u202etxt.exe", "eviltxt.exe"),
        (" . ", "file"),
        ("\u200b", "file"),
        ("", "file"),
        (None, "file"),
        (".bashrc", "bashrc"),
        ("é" * 200 + ".pdf", "é" * 115 + "….pdf"),
        ("x" * 200, "x" * 119 + "…"),
        ("Grüße 👩‍👩‍👧.txt", "Grüße 👩‍👩‍👧.txt"),
    ],
)
def test_a_name_is_one_visible_line_without_a_folder(given: str | None, kept: str) -> None:
    assert files.clean_name(given) == kept
    assert len(kept) <= files.NAME_LENGTH


@pytest.mark.usefixtures("small")
def test_files_that_are_too_large_missing_or_without_a_right_are_refused(
    harness: Harness, app: Flask, cast: Cast, conversation: str, olive: Browser, settings: Any
) -> None:
    folder = f"/conversations/{conversation}/files"
    stranger = Browser(app)
    kind = "multipart/form-data; boundary=x"
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    body = head + b"x" * 1_500_000 + b"\r\n--x--\r\n"
    large = stranger.client.post(folder, data=body, content_type=kind)
    assert large.status_code == 413, "nothing is received from who is not signed in"
    settings(megabytes=1)
    response = post(olive, folder, ("big.txt", b"x" * 100_001))
    assert (response.status_code, response.json["message"]) == (
        413,
        "“big.txt” is too large: a file can have 1 MB.",
    )
    assert post(olive, folder, ("big.txt", b"x" * 350_000)).status_code == 413
    assert post(olive, folder).status_code == 400
    assert post(olive, folder, ("a", b"x"), ("b", b"x")).status_code == 400
    eve = Browser(app).signed_in(cast.eve)
    assert post(eve, folder, ("a.txt", b"x")).status_code == 404
    assert stored(harness) == []


@pytest.mark.usefixtures("small")
def test_a_form_without_scripts_sends_files_and_loses_none(
    harness: Harness, cast: Cast, conversation: str, olive: Browser, settings: Any
) -> None:
    settings(megabytes=1)
    here = f"/conversations/{conversation}"
    page = post(
        olive, f"{here}/messages", ("a.txt", b"one"), ("big", b"x" * 100_001), content="Look"
    )
    assert page.status_code == 400
    assert "“big” is too large" in page.text
    assert ">\nLook</textarea>" in page.text
    [kept] = stored(harness)
    assert f'name="files" value="{kept}" checked' in page.text
    response = post(olive, f"{here}/messages", ("b.txt", b"two"), content="Look", files=[kept])
    assert response.status_code == 302
    assert names(harness, conversation) == [["a.txt", "b.txt"]]
    harness.later.clear()
    question = harness.database.messages(conversation)[0].id
    form = olive.open(f"{here}?edit={question}").text
    assert f'name="files" value="{kept}" checked' in form
    edited = post(olive, f"{here}/messages/{question}/edit", content=" ", files=[kept])
    assert edited.status_code == 302
    assert names(harness, conversation) == [["a.txt"]]


def test_strangers_get_no_files(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    file = upload(olive, conversation, "secret-name.txt")
    send(harness, cast.olive, conversation, file)
    secret = share(harness.database, conversation, cast.olive)
    page = Browser(harness.app).open(f"/share/{secret}")
    assert page.status_code == 200
    assert "secret-name" not in page.text
    assert file not in page.text
    stranger = Stranger(harness, secret).follow()
    assert stranger.log.messages
    assert "secret-name" not in str(stranger.received)
