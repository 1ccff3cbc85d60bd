"""What a file is, by its content, and what is made of it: in this process."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pypdfium2
import pytest
from PIL import Image
from pypdf import PdfWriter

from app.files import kinds, pages, texts
from app.files.kinds import BOMB, DAMAGED, NOTHING, UNKNOWN
from app.files.pages import MOST_PAGES
from app.files.pictures import AVATAR, LONGEST_SIDE, SENT, THUMBNAIL, made_from
from app.files.texts import LOCKED
from app.files.worker import answer
from tests.support import sample_files
from tests.support.sample_files import (
    CAMERA,
    archive,
    document,
    lying_archive,
    pdf,
    photo,
    picture,
    scan,
)

TEXT = "text/plain; charset=utf-8"


def found(data: bytes, megapixels: int = 1, *, is_avatar: bool = False) -> dict[str, Any]:
    fields, _ = answer(data, megapixels=megapixels, is_avatar=is_avatar)
    return fields


def text_of(data: bytes) -> str:
    fields, beside = answer(data, megapixels=1, is_avatar=False)
    assert "problem" not in fields, fields
    return beside[sum(fields["pages"]) :].decode()


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_picture_is_known_by_its_content(form: str) -> None:
    fields = found(picture(form))
    assert (fields["kind"], fields["media_type"]) == ("picture", f"image/{form.lower()}")
    assert fields["thumbnail_size"] == fields["size"] == (60, 40)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("Grüße, λ 👋\r\nnext".encode(), "Grüße, λ 👋\nnext"),
        ("\ufeffname;sum\n".encode(), "name;sum"),
        ("Grüße".encode("utf-16"), "Grüße"),
        ("Grüße;1".encode("cp1252"), "Grüße;1"),
        (b"#!/bin/sh\n\x1b[31mecho\x1b[0m", "#!/bin/sh\n\x1b[31mecho\x1b[0m"),
    ],
)
def test_text_is_decoded(data: bytes, text: str) -> None:
    assert (found(data)["media_type"], text_of(data)) == (TEXT, text)


def test_documents_have_their_text() -> None:
    assert text_of(pdf("One", "Two")).split() == ["One", "Two"]
    assert text_of(document("Dear all", "Bye")) == "Dear all\nBye\nleft\tright"
    assert text_of(sample_files.spreadsheet(["a", 1, 2.5], ["", 3])) == "# Sums\na\t1\t2.5\n\t3"
    slides = sample_files.presentation("Plan", notes="Say hello")
    assert text_of(slides) == "# 1\nPlan\ncell\t\nSay hello"
    kinds_of = [found(each)["kind"] for each in (pdf("x"), document("x"), slides)]
    assert kinds_of == ["pdf", "document", "presentation"]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", NOTHING),
        (b"\0\1\2", UNKNOWN),
        (b"MZ\x90\0 a program", UNKNOWN),
        (b"\xff\xfe\xd8", UNKNOWN),
        (b"\x81 no text", UNKNOWN),
        (archive(other=b""), UNKNOWN),
        (b"PK\x03\x04 no archive", DAMAGED),
        (b"\x89PNG\r\n\x1a\n no picture", DAMAGED),
        (picture()[:60], DAMAGED),
        (b"%PDF-1.4 no pages", DAMAGED),
        (sample_files.endless_pdf(), DAMAGED),
        (archive(word__document=b"<a>"), DAMAGED),
        (archive(xl__workbook=b"<a>"), DAMAGED),
        (archive(ppt__presentation=b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"), DAMAGED),
    ],
)
def test_what_lies_or_is_damaged_has_a_sentence(data: bytes, problem: str) -> None:
    assert found(data) == {"problem": problem}


def test_an_archive_that_would_be_too_large_is_not_unpacked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kinds, "MAX_UNPACKED_BYTES", 1_000_000)
    assert found(archive(word__document=b"0" * 1_000_001)) == {"problem": BOMB}
    monkeypatch.setattr(kinds, "MAX_ENTRIES", 1)
    assert found(archive(word__document=b"")) == {"problem": BOMB}


@pytest.mark.parametrize("part", ["word__document", "xl__workbook", "ppt__presentation"])
def test_an_archive_that_lies_about_its_size_is_unpacked_no_further(part: str) -> None:
    lies = lying_archive(part, b"<a>" + b" " * 3_000_003 + b"</a>", claimed=10)
    assert found(lies) == {"problem": DAMAGED}


def test_a_picture_with_too_many_pixels_is_not_unpacked() -> None:
    assert found(sample_files.large_picture(1100)) == {
        "problem": "can't be used: it has more than 1 million pixels."
    }
    assert "problem" not in found(sample_files.large_picture(1000))


def test_a_locked_pdf_has_a_sentence() -> None:
    locked = PdfWriter(clone_from=BytesIO(pdf("x")))
    locked.encrypt("secret", algorithm="RC4-128")
    locked.write(to := BytesIO())
    assert found(to.getvalue()) == {"problem": LOCKED}


def test_running_out_of_memory_has_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_data: bytes) -> None:
        raise MemoryError

    monkeypatch.setattr("app.files.worker.type_of", fail)
    assert "too much memory" in found(b"x")["problem"]


def test_a_long_text_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "MAX_CHARACTERS", 10)
    assert (found(b"x" * 11)["is_cut"], text_of(b"x" * 11)) == (True, "x" * 10)
    assert found(b"x" * 10)["is_cut"] is False
    assert found(document("x" * 9, "y" * 9))["is_cut"] is True


def test_pictures_are_made_anew_without_what_is_hidden_in_them() -> None:
    made = made_from(photo(), 1)
    assert CAMERA.encode() in photo(), "precondition"
    assert CAMERA.encode() not in made.thumbnail + made.sent
    assert made.size == made.thumbnail_size == (40, 60), "turned as it is to be seen"
    assert [Image.open(BytesIO(each)).format for each in made[::2]] == ["WEBP", "JPEG"]


def test_large_pictures_are_made_smaller_and_what_is_transparent_becomes_white() -> None:
    made = made_from(picture("JPEG", (4000, 1000)), 10)
    assert made.thumbnail_size[0] == THUMBNAIL[0]
    assert made.size == (SENT[0], SENT[0] // 4)
    to = BytesIO()
    Image.new("RGBA", (9, 9), (0, 0, 0, 0)).save(to, "PNG")
    sent = Image.open(BytesIO(made_from(to.getvalue(), 1).sent))
    assert sent.getpixel((4, 4)) == (255, 255, 255)


def test_an_avatar_is_a_small_square() -> None:
    fields, beside = answer(photo(), megapixels=1, is_avatar=True)
    square = Image.open(BytesIO(beside))
    assert (fields, square.format, square.size) == ({}, "WEBP", (AVATAR, AVATAR))
    assert CAMERA.encode() not in beside
    assert found(b"text", is_avatar=True) == {"problem": "is no picture (PNG, JPEG, GIF or WebP)."}


def pages_of(data: bytes) -> list[tuple[int, int]]:
    """Return the sizes of the pictures that are made of pages."""
    fields, beside = answer(data, megapixels=1, is_avatar=False)
    pictures, start = [], 0
    for length in fields["pages"]:
        pictures.append(Image.open(BytesIO(beside[start : start + length])))
        start += length
    assert {each.format for each in pictures} <= {"JPEG"}
    return [each.size for each in pictures]


def test_pages_of_a_scan_are_pictures() -> None:
    assert pages_of(scan(2)) == [(1176, 1568)] * 2
    assert (
        pages_of(pdf("A long text of more than fifty characters, which is enough to read.")) == []
    )
    assert len(pages_of(scan(MOST_PAGES + 2, (60, 80)))) == MOST_PAGES


def test_pages_end_with_their_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "SECONDS", 0.0)
    assert len(pages_of(scan(3))) == 1


def test_a_page_is_no_larger_than_a_picture_whatever_it_says() -> None:
    for size in ("1 1", "14400 14400", "14400 1"):
        data = pdf("x").replace(b"[0 0 300 300]", f"[0 0 {size}]".encode())
        assert all(max(each) <= LONGEST_SIDE for each in pages_of(data))


def test_a_pdf_that_can_not_be_drawn_still_has_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_page: object) -> bytes:
        raise pypdfium2.PdfiumError("no page")

    monkeypatch.setattr(pages, "_drawn", fail)
    assert pages_of(pdf("Some text")) == []
    assert text_of(pdf("Some text")) == "Some text"
