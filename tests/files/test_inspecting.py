"""Each file is looked at in a process of its own, which its limits end, and nothing else."""

from __future__ import annotations

import socket
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from app import child_process
from app.errors import Invalid, Unavailable
from app.files import frames, inspecting
from app.files.inspecting import PROGRAM, avatar_of, inspect
from tests.support.sample_files import document, huge_document, pdf_bomb, picture, slow_pdf

pytestmark = pytest.mark.counted

HANGS = "import time; time.sleep(60)"
IMPORTS = "from app.files import worker\ndef spin(data):\n    while True: pass\n"
SPINS = PROGRAM.replace("from app", IMPORTS + "from app")
HOG = SPINS.replace("main()", "worker.type_of = lambda data: b'x' * 10**11\nmain()")
BUSY = SPINS.replace("main()", "worker.PROCESSOR_SECONDS = 1\nworker.type_of = spin\nmain()")


def test_a_file_is_looked_at_in_a_process() -> None:
    with inspecting.inspection():
        seen = inspect("a.png", picture(), 1)
        read = inspect("a.docx", document("Dear all"), 1)
    assert (seen.kind, seen.thumbnail_size, seen.size) == ("picture", (60, 40), (60, 40))
    assert (seen.thumbnail[:4], seen.sent[:3], seen.text) == (b"RIFF", b"\xff\xd8\xff", "")
    assert (read.kind, read.text[:8], read.is_cut, read.thumbnail) == (
        "document",
        "Dear all",
        False,
        b"",
    )
    assert avatar_of("a.png", picture(), 1).startswith(b"RIFF")


def test_a_refusal_names_the_file() -> None:
    with pytest.raises(Invalid, match=r"“x\.bin” can't be used: it is no picture"):
        inspect("x.bin", b"\0", 1)


@pytest.mark.parametrize("program", [HOG, BUSY, HANGS, "import os; os._exit(1)"])
def test_what_needs_too_much_ends_its_process(
    monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    monkeypatch.setattr(inspecting, "PROGRAM", program)
    if program is HANGS:
        monkeypatch.setattr(inspecting, "SECONDS", 0.2)
    with pytest.raises(Invalid, match="too much memory"):
        inspect("bomb", picture(), 1)


@pytest.mark.parametrize(
    ("limit", "data", "sentence"),
    [
        ("worker.PROCESSOR_SECONDS = 1", slow_pdf(400_000), "that takes too long"),
        ("worker.MEMORY_BYTES = 300_000_000", huge_document(1_500_000), "it needs too much memory"),
        ("worker.MEMORY_BYTES = 300_000_000", pdf_bomb(400_000_000), "is damaged|too much memory"),
    ],
)
def test_a_file_that_needs_too_much_ends_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, limit: str, data: bytes, sentence: str
) -> None:
    monkeypatch.setattr(inspecting, "PROGRAM", SPINS.replace("main()", f"{limit}\nmain()"))
    with pytest.raises(Invalid, match=sentence):
        inspect("a.file", data, 1)


def test_a_process_that_says_too_much_is_not_believed() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        frames.send(theirs, {"kind": "text"}, b"x" * 100)
        with pytest.raises(ValueError, match="too long"):
            frames.receive(ours, 50)


def test_a_process_that_can_not_be_started_is_no_fault_of_the_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr(subprocess, "Popen", fail)
    monkeypatch.setattr(child_process.subprocess, "Popen", fail)
    with pytest.raises(Unavailable):
        inspect("a.png", picture(), 1)


def test_only_a_few_are_looked_at_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspecting, "_turns", threading.BoundedSemaphore(1))
    monkeypatch.setattr(inspecting, "WAIT_SECONDS", 0.05)
    with inspecting.inspection(), pytest.raises(Unavailable), inspecting.inspection():
        pass
    with inspecting.inspection():
        pass  # a turn that has ended is free again


def test_the_package_imports_nothing_of_the_app() -> None:
    text = Path(inspecting.__file__).with_name("__init__.py").read_text("utf-8")
    assert "import " not in text.replace("imports", "")
