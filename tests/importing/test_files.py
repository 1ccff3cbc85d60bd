"""The files of conversations come in with them, checked like uploads, once, and go out again."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from zipfile import ZipFile

import pytest

from app.config import files as file_settings
from app.database import read, write
from app.errors import Unavailable
from app.exporting import files as exporting
from app.exporting.archive import Written, write_archive
from app.exporting.conversation import FORMATS
from app.extensions import db
from app.files import storing, uploading
from app.importing import beside
from app.importing.formats.blocks import FILES
from app.models import Conversation, File, FileContent, MessageFile
from app.server.sweeping import sweep_conversations
from tests.importing.conftest import Imports
from tests.importing.examples import gpt, gpt_node
from tests.support.cast import Cast, Person
from tests.support.harness import Harness
from tests.support.sample_files import picture
from tests.support.uploads import add_file
from tests.views.test_files import inspected

__all__ = ["inspected"]

POINTER = {"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-Pic1"}
NEWER = {"content_type": "image_asset_pointer", "asset_pointer": "sediment://file_00ab"}
ATTACHED = {
    "attachments": [{"id": "file-Doc1", "name": "Plan.txt"}, {"id": "file-Gone", "name": "x"}]
}


def with_files() -> dict[str, Any]:
    """Return a conversation of ChatGPT whose messages name files: one that is not there, and one
    twice."""
    return gpt(
        gpt_node("q1", None, ["a1"], "user", "Look", POINTER, metadata=ATTACHED),
        gpt_node("a1", "q1", ["q2"], "assistant", "Nice."),
        gpt_node("q2", "a1", ["a2"], "user", POINTER, NEWER),
        gpt_node("a2", "q2", [], "assistant", "Nice, too."),
        current="a2",
    )


BESIDE = {
    "conversations.json": [with_files()],
    "file-Pic1-cat.png": picture(),
    "user-7/file_00ab-dog.dat": picture("JPEG"),
    "file-Doc1-Plan.txt": b"We meet at noon.",
}


def test_files_that_messages_of_chatgpt_name_come_with_them(imports: Imports, cast: Cast) -> None:
    preview = imports.archive(cast.olive, BESIDE, is_preview=True)
    assert (preview["files"], preview["notes"][FILES]) == (4, 1)
    assert stored() == []
    report = imports.archive(cast.olive, BESIDE)
    assert (report["outcomes"], report["files"]) == ({"added": 1}, 4)
    look = "Look\n\n[File: x]"
    assert imports.files("Bees") == [
        *((look, "Plan.txt"), (look, "picture")),
        *(("", "picture"), ("", "picture")),
    ]
    assert [file.is_sent for file in stored()] == [True] * 3, "each is stored once"
    assert read(lambda: db.session.scalar(db.select(db.func.count(FileContent.id)))) == 3
    contents = [read(lambda key=file.content_id: FileContent.find(key)) for file in stored()]  # type: ignore[misc]
    assert b"".join(storing.pieces_of(contents[0])) == b"We meet at noon."
    assert imports.archive(cast.olive, BESIDE)["outcomes"] == {"unchanged": 1}
    assert len(stored()) == 3, "doing it again doubles nothing"


def test_what_can_not_be_used_is_named_in_the_text(
    imports: Imports, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_settings, "MEGABYTE", 1_000)
    monkeypatch.setattr(uploading, "inspect", refuse)
    bomb = BESIDE | {"file-Doc1-Plan.txt": b"\0" * 20_000_000, "file-Pic1-cat.png": b"MZ"}
    report = imports.archive(cast.olive, bomb)
    assert (report["outcomes"], report["notes"][FILES]) == ({"added": 1}, 5)
    assert imports.shown("Bees")[0] == "Look\n\n[File: x]\n\n[File: Plan.txt]\n\n[File: picture]"
    assert stored() == []


def refuse(name: str, data: bytes, megapixels: int) -> Any:
    raise uploading.Invalid(f"“{name}” can't be used.")


def test_all_files_of_a_zip_file_have_a_bound(
    imports: Imports, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "MAX_BYTES", 20)
    assert imports.archive(cast.olive, BESIDE)["outcomes"] == {"added": 1}
    assert [name for _, name in imports.files("Bees")] == ["Plan.txt"]
    monkeypatch.setattr(beside, "MAX_FILES", 0)
    assert imports.archive(cast.max, BESIDE)["outcomes"] == {"added": 1}
    assert len(stored()) == 1


def test_a_damaged_file_spoils_no_conversation(imports: Imports, cast: Cast) -> None:
    out = io.BytesIO()
    with ZipFile(out, "w") as archive:
        for name, content in BESIDE.items():
            archive.writestr(name, content if isinstance(content, bytes) else json.dumps(content))
    data = out.getvalue().replace(b"We meet", b"We MEET")  # its checksum is wrong now
    assert imports.file(cast.olive, data)["outcomes"] == {"added": 1}
    assert "[File: Plan.txt]" in imports.shown("Bees")[0]


def test_where_the_store_is_away_the_import_fails_and_can_go_on_later(
    imports: Imports, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise Unavailable

    with monkeypatch.context() as away:
        away.setattr(storing, "store", fail)
        with pytest.raises(Unavailable):
            imports.archive(cast.olive, BESIDE)
    assert imports.conversations(cast.olive) == []
    assert stored() == []


def exported(imports: Imports, person: Person, form: str) -> tuple[Written, dict[str, bytes]]:
    """Return an export of all of a person's conversations: what is in it, by name."""
    out = io.BytesIO()
    written = write_archive(imports.key(person), FORMATS[form], out, lambda *_: None)
    with ZipFile(out) as archive:
        assert archive.testzip() is None
        return written, {name: archive.read(name) for name in archive.namelist()}


def prepare(harness: Harness, cast: Cast, conversation: str) -> tuple[str, str]:
    """Send a picture and a text with a question; return their ids."""
    harness.ask(conversation, cast.olive, "Look")
    key = harness.key(conversation)
    write(lambda: db.session.get_one(Conversation, key).rename("Look"))
    olive, question = harness.user(cast.olive), harness.database.messages(conversation)[0].id
    return (
        add_file(harness.database, olive, question, name="a [b].png"),
        add_file(harness.database, olive, question, name="x/y:z?.json", kind="text", width=0),
    )


def test_our_own_files_go_out_and_come_in(
    imports: Imports, harness: Harness, cast: Cast, conversation: str
) -> None:
    seen, text = prepare(harness, cast, conversation)
    written, entries = exported(imports, cast.olive, "json")
    paths = [f"files/{seen}/a [b].png", f"files/{text}/x y z .json"]
    assert written == (1, 2, 0)
    assert [name for name in entries if name.startswith("files/")] == [*paths, exporting.MANIFEST]
    manifest = json.loads(entries[exporting.MANIFEST])
    assert [(each["path"], each["sha256"]) for each in manifest["files"]] == [
        (path, sha256(b"file").hexdigest()) for path in paths
    ]
    report = imports.archive(cast.eve, entries)
    assert (report["outcomes"], report["files"]) == ({"added": 1}, 2), report
    assert [name for _, name in imports.files("Look")][-2:] == ["a [b].png", "y:z?.json"]
    assert len(stored()) == 4
    write(lambda: db.session.execute(db.delete(MessageFile)))
    assert imports.archive(cast.eve, entries)["outcomes"] == {"unchanged": 1}


def test_markdown_links_to_its_files(
    imports: Imports, harness: Harness, cast: Cast, conversation: str
) -> None:
    seen, text = prepare(harness, cast, conversation)
    _, entries = exported(imports, cast.olive, "markdown")
    markdown = entries["0001 Look.md"].decode()
    assert f"![a \\[b\\].png](files/{seen}/a%20%5Bb%5D.png)" in markdown
    assert f"\n[x/y:z?.json](files/{text}/x%20y%20z%20.json)" in markdown
    assert f"files/{seen}/a [b].png" in entries


def test_what_an_archive_has_no_room_for_is_left_out_and_listed(
    imports: Imports,
    harness: Harness,
    cast: Cast,
    conversation: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen, text = prepare(harness, cast, conversation)
    monkeypatch.setattr(exporting, "MAX_BYTES", 4)
    written, entries = exported(imports, cast.olive, "json")
    [left_out] = json.loads(entries[exporting.MANIFEST])["left_out"]
    assert (written, left_out["id"], left_out["why"]) == ((1, 1, 1), text, exporting.NO_ROOM)
    write(lambda: db.session.execute(db.update(FileContent).values(store="s3")))
    monkeypatch.setattr(exporting, "MAX_BYTES", 8)
    written, entries = exported(imports, cast.olive, "json")
    assert (written.files, written.left_out) == (0, 2), "their store is not there"
    assert seen not in str([name for name in entries if name != exporting.MANIFEST])


def test_a_conversation_that_is_deleted_takes_its_imported_files_along(
    imports: Imports, cast: Cast
) -> None:
    imports.archive(cast.olive, BESIDE)
    assert len(stored()) == 3
    old = {"created_at": "2026-01-01", "deleted_at": "2026-01-01"}
    write(lambda: age(old))
    sweep_conversations()
    sweep_conversations()
    assert stored() == []


def age(values: Mapping[str, str]) -> None:
    """Let everything be old."""
    when = db.func.datetime
    for table, name in (
        (File, "created_at"),
        (FileContent, "created_at"),
        (Conversation, "deleted_at"),
    ):
        db.session.execute(db.update(table).values({name: when(values[name])}))


def stored() -> list[File]:
    """Return all files."""

    def work() -> list[File]:
        found = list(db.session.scalars(db.select(File).order_by(File.id)))
        db.session.expunge_all()
        return found

    return read(work)
