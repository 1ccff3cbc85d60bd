"""`flask export` and `flask import`."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from zipfile import ZipFile

import pytest

from app.commands import transfer
from tests.commands.conftest import Run
from tests.importing import examples

OLIVE = ("--user", "olive@example.com")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with two conversations, and something else."""
    path = tmp_path / "conversations.json"
    path.write_text(json.dumps([examples.bees(), examples.tea(), {"title": "Odd"}]))
    return path


def test_what_is_imported_is_exported(run: Run, cast: None, file: Path, tmp_path: Path) -> None:
    preview = run("import", *OLIVE, "--preview", str(file))
    assert preview.exit_code == 0 and "new\t2" in preview.stdout
    done = run("import", *OLIVE, str(file))
    assert done.stdout == preview.stdout
    assert "from\tChatGPT, Open WebUI" in done.stdout
    assert "skipped\tOdd\tIt is in none of the formats that can be imported." in done.stdout
    assert "here already\t2" in run("import", *OLIVE, str(file)).stdout

    out = tmp_path / "out.zip"
    assert run("export", *OLIVE, str(out)).stdout == f"2 conversations are in {out}.\n"
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    with ZipFile(out) as archive:
        assert archive.namelist() == ["0001 Bees.json", "0002 Tea.json"]
    assert "here already\t0" in run("import", "--user", "max@example.com", str(out)).stdout


def test_markdown(run: Run, cast: None, file: Path, tmp_path: Path) -> None:
    run("import", *OLIVE, str(file))
    out = tmp_path / "out.zip"
    run("export", *OLIVE, "--format", "markdown", str(out))
    with ZipFile(out) as archive:
        assert archive.read("0001 Bees.md").startswith(b"# Bees\n\n## Olive, ")


def test_no_file_is_written_over(run: Run, cast: None, tmp_path: Path) -> None:
    out = tmp_path / "out.zip"
    out.write_text("mine")
    refused = run("export", *OLIVE, str(out))
    assert refused.exit_code == 2 and "There is a file" in refused.stderr
    assert out.read_text() == "mine"
    assert run("export", *OLIVE, str(tmp_path / "none" / "out.zip")).exit_code == 2


def test_a_file_that_was_not_written_to_its_end_is_removed(
    run: Run, cast: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(transfer, "write_archive", broken)
    assert run("export", *OLIVE, str(tmp_path / "out.zip")).exit_code != 0
    assert list(tmp_path.glob("*.zip")) == []


@pytest.mark.parametrize("text", ["", "no JSON", "[]"])
def test_what_can_not_be_read_is_said(run: Run, cast: None, tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    refused = run("import", *OLIVE, str(path))
    assert refused.exit_code == 2 and refused.stderr.startswith("Error: ")


def test_what_comes_before_the_break_is_imported(run: Run, cast: None, file: Path) -> None:
    file.write_text(file.read_text()[:-10])
    done = run("import", *OLIVE, str(file))
    assert "new\t2" in done.stdout and "broken\tThe file is not JSON" in done.stdout


def test_nobody_has_the_address(run: Run, cast: None, file: Path) -> None:
    assert run("import", "--user", "no@example.com", str(file)).exit_code == 2
    assert run("export", "--user", "no@example.com", "x.zip").exit_code == 2


def test_who_looks_is_shown_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(transfer.sys.stderr, "isatty", lambda: True)
    transfer._show(3, 0)
    transfer._show(3, 9)
    assert capsys.readouterr().err == "\r3 conversations\r3 of 9 conversations"
