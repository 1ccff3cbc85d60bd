"""Files that are broken, hostile or odd: a sentence, or what can be imported of them."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pytest

from app.importing import files, tree, values
from app.importing.values import Unusable, moment
from app.models.columns import now
from app.text import TITLE_LENGTH
from tests.importing import examples
from tests.importing.conftest import Imports
from tests.support.cast import Cast


def zipped(**entries: bytes) -> bytes:
    """Return a zip file without the time: tests are named after its bytes, alike everywhere."""
    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(ZipInfo(name), data, ZIP_DEFLATED)
    return out.getvalue()


def message(text: Any, **about: Any) -> Any:
    return {"uuid": "m", "sender": "human", "text": text, **about}


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", files.NOTHING),
        (b" \n\t ", files.NOTHING),
        (b"[]", files.NOTHING),
        (b"\xef\xbb\xbf", files.NOTHING),
        (b"hello", files.NOT_JSON),
        (b"<html>", files.NOT_JSON),
        (b"[", files.NOT_JSON),
        (b"[{]", files.NOT_JSON),
        (b'{"a": ', files.NOT_JSON),
        (b'[{"a": "\xff\xfe"}]', files.NOT_JSON),
        ("[]".encode("utf-16"), files.NOT_JSON),
        (b"PK\x03\x04 and no more", files.NO_ZIP),
        (zipped(), files.NOTHING),
        (zipped(**{"a.txt": b"[]"}), files.NOTHING),
        (zipped(**{"conversations.json": b""}), files.NOTHING),
        (zipped(**{"conversations.json": b"x"}), files.NOT_JSON),
        (zipped(**{"conversations.json": b"[1]" * 500})[:-60], files.NO_ZIP),
    ],
)
def test_what_is_no_export_is_refused(
    imports: Imports, cast: Cast, data: bytes, sentence: str
) -> None:
    with pytest.raises(Unusable) as refused:
        imports.file(cast.olive, data)
    assert str(refused.value) == sentence


@pytest.mark.parametrize("odd", [1, "text", None, [], {}, {"title": "Odd"}, {"mapping": []}])
def test_what_is_no_conversation_is_skipped(imports: Imports, cast: Cast, odd: Any) -> None:
    report = imports.these(cast.olive, odd, examples.rivers())
    assert report["skipped_count"] == 1
    assert imports.conversations(cast.olive) == ["Rivers"]


@pytest.mark.parametrize(
    "odd",
    [
        {"mapping": {}},
        {"mapping": {"a": None, "b": 5, "c": {"message": "x", "parent": 7, "children": "y"}}},
        {"chat_messages": [None, {}, {"sender": 5, "content": {"a": 1}}]},
        {"chat": {"history": {"messages": {"a": None, "b": {"role": []}}, "currentId": {}}}},
        {"chat": {"messages": [[], {"role": "user", "content": None}]}},
        {"conversationId": 5, "messages": [{"children": [{}], "content": {}}]},
        {"conversation": [], "messages": [{}, {"id": {}, "role": "user"}], "hidden": 5},
    ],
)
def test_a_conversation_without_a_message_is_skipped(
    imports: Imports, cast: Cast, odd: Any
) -> None:
    report = imports.these(cast.olive, odd)
    assert report["skipped"] == [["New conversation", "It has no messages."]]
    assert imports.conversations(cast.olive) == []


def test_a_file_that_is_cut_off_is_imported_up_to_there(imports: Imports, cast: Cast) -> None:
    whole = json.dumps([examples.rivers(), examples.bees()]).encode()
    report = imports.file(cast.olive, whole[:-40])
    assert report["broken"] == files.NOT_JSON
    assert imports.conversations(cast.olive) == ["Rivers"]


def test_a_zip_bomb_is_read_no_further_than_the_bound(
    imports: Imports, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_JSON_BYTES", 1_000_000)
    bomb = zipped(**{"conversations.json": b"[" + b" " * 50_000_000 + b"]"})
    assert len(bomb) < 100_000, "precondition: it is small"
    with pytest.raises(Unusable, match="Unpacked"):
        imports.file(cast.olive, bomb)


def test_names_in_a_zip_file_are_no_paths(imports: Imports, cast: Cast) -> None:
    river, bee = json.dumps([examples.rivers()]).encode(), json.dumps([examples.bees()]).encode()
    parts = {"../../conversations-000.json": river, "/etc/conversations-001.json": bee}
    report = imports.file(cast.olive, zipped(**parts, **{"user.json": b"{}", "a/b.png": b"x"}))
    assert report["outcomes"] == {"added": 2}


def test_a_zip_file_has_few_files(
    imports: Imports, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_FILES", 3)
    with pytest.raises(Unusable, match="has more than"):
        imports.file(cast.olive, zipped(**{f"{at}.json": b"[]" for at in range(4)}))


def test_a_file_has_few_conversations(
    imports: Imports, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_CONVERSATIONS", 1)
    report = imports.these(cast.olive, examples.rivers(), examples.bees())
    assert report["broken"] == files.TOO_MANY
    assert imports.conversations(cast.olive) == ["Rivers"]


def test_what_is_nested_deep_does_no_harm(imports: Imports, cast: Cast) -> None:
    deep = b"[" * 10_000 + b"]" * 10_000
    data = b'[{"name": "Deep", "chat_messages": [{"uuid": "1", "sender": "human", "text": "Hi", '
    report = imports.file(cast.olive, data + b'"content": ' + deep + b"}]}]")
    assert report["outcomes"] == {"added": 1}
    assert imports.shown("Deep") == ["Hi"]


def test_a_tree_10_000_messages_deep(imports: Imports, cast: Cast) -> None:
    about = b'{"conversationId": "d", "title": "Deep", "recursive": true, "messages": ['
    report = imports.file(cast.olive, about + _nested(10_000) + b"]}", is_preview=True)
    assert report["messages"] == 10_000


def _nested(depth: int) -> bytes:
    begin = b'{"messageId": "%d", "isCreatedByUser": true, "text": "x", "children": ['
    return b"".join(begin % at for at in range(depth)) + b"]}" * depth


def test_texts_are_made_harmless(imports: Imports, cast: Cast) -> None:
    name = "A\0B\u202e\n" + "x" * 500
    data = json.dumps([examples.claude(message("a\0b\x07\r\nc"), name=name)])
    lone = data.replace("a\\u0000b", "a\\u0000b\\ud800")
    imports.file(cast.olive, lone.encode())
    [title] = imports.conversations(cast.olive)
    assert title.startswith("A") and len(title) <= TITLE_LENGTH
    assert not set(title) & set("\0\n\u202e")
    [text] = imports.shown(title)
    assert "\0" not in text and text.encode()


def test_numbers_are_texts_where_texts_are_expected(imports: Imports, cast: Cast) -> None:
    found = examples.claude(message(5, uuid=7, created_at="1750000000"), uuid=9, name=2025)
    report = imports.these(cast.olive, found, found | {"name": "Again"})
    assert imports.shown("2025") == ["5"]
    assert report["skipped"] == [["Again", "It is in the file twice; the first one counts."]]


@pytest.mark.parametrize(
    ("value", "year"),
    [
        *((1_750_000_000, 2025), (1_750_000_000.5, 2025), ("1750000000", 2025)),
        *((1_750_000_000_000, 2025), ("2025-05-01T10:00:00Z", 2025), ("2025-05-01", 2025)),
        *((None, None), (True, None), ("", None), ("soon", None), ([], None), ({}, None)),
        *((-5, None), (0, None), (253_370_764_800, None), ("9999-12-31T23:59:59Z", None)),
        *(("0001-01-01T00:00:00+23:59", None), (1e300, None), ("1e400", None), ("nan", None)),
        *((10**400, None), ("2025-13-45", None)),
    ],
)
def test_times_are_times_between_1990_and_now(value: Any, year: int | None) -> None:
    at = moment(value)
    assert (at and at.year) == year


def test_a_message_without_a_time_has_that_of_the_one_before(imports: Imports, cast: Cast) -> None:
    ahead = (now() + timedelta(days=400)).isoformat()
    imports.these(
        cast.olive,
        examples.claude(
            message("1", uuid="1", created_at="2025-05-01T10:00:05Z"),
            message("2", uuid="2", created_at=-1),
            message("3", uuid="3", created_at=ahead),
        ),
    )
    at = datetime(2025, 5, 1, 10, 0, 5, tzinfo=UTC)
    assert [each.created_at for each in imports.stored("Rivers")] == [at, at, at]


def test_messages_with_the_same_id_are_all_there(imports: Imports, cast: Cast) -> None:
    report = imports.these(cast.olive, examples.claude(message("1"), message("2"), message("3")))
    assert len(imports.messages("Rivers")) == 3
    assert report["notes"]["messages with the same id as an earlier one"] == 2


@pytest.mark.parametrize(
    ("name", "sentence"), [("MAX_MESSAGES", tree.TOO_MANY), ("MAX_CHARACTERS", tree.TOO_LONG)]
)
def test_a_conversation_that_is_too_large_is_skipped(
    imports: Imports, cast: Cast, monkeypatch: pytest.MonkeyPatch, name: str, sentence: str
) -> None:
    monkeypatch.setattr(tree, name, 1)
    report = imports.these(cast.olive, examples.bees())
    assert report["skipped"] == [["Bees", sentence]]


def test_a_message_is_cut_at_the_bound(
    imports: Imports, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(values, "MAX_TEXT", 10)
    imports.these(cast.olive, examples.claude(message("x" * 50)))
    assert imports.shown("Rivers") == ["x" * 10]
