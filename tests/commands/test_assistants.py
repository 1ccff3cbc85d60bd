"""`flask assistants`, and the pictures that commands give to assistants, people and bots."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from app.extensions import db
from app.models import Assistant, User
from app.models.avatar import find_avatar
from tests.commands.conftest import Run
from tests.commands.expecting import control_events, refused
from tests.support import sample_files

pytestmark = pytest.mark.usefixtures("cast")

OLIVE, BOT = "olive@example.com", "bot@example.com"
NOBODY = "f" * 32


@pytest.fixture
def assistant(cast: None) -> str:
    """Return the id of an assistant of Olive's."""
    olive = User.by_email(OLIVE)
    assert olive
    made = Assistant.add(olive.id, name="Editor", shared=True)
    db.session.commit()
    return made.public_id


def file_of(folder: Path, data: bytes, name: str = "picture.png") -> str:
    (folder / name).write_bytes(data)
    return str(folder / name)


def test_an_assistant_gets_a_picture_loses_it_and_is_deleted(
    run: Run, assistant: str, tmp_path: Path
) -> None:
    line = f"{assistant}\t{OLIVE}\tshared\t{{}}\tEditor\n"
    assert run("assistants", "list").stdout == line.format("no picture")
    chosen = file_of(tmp_path, sample_files.picture())
    assert run("assistants", "picture", assistant, chosen).exit_code == 0
    assert run("assistants", "list").stdout == line.format("a picture")
    stored = find_avatar(str(db.session.scalars(db.select(Assistant.avatar)).one()))
    assert stored and Image.open(BytesIO(stored)).format == "WEBP"
    for _ in range(2):
        assert "no picture" in run("assistants", "picture", assistant, "--remove").stdout
    assert run("assistants", "list").stdout == line.format("no picture")
    assert run("assistants", "delete", assistant, stdin="n\n").exit_code == 1
    assert run("assistants", "delete", assistant, "--yes").exit_code == 0
    assert run("assistants", "list").stdout == ""
    refused(run("assistants", "delete", assistant, "--yes"), f"no assistant {assistant}")
    refused(run("assistants", "picture", assistant, chosen), f"no assistant {assistant}")


def test_a_person_and_a_bot_get_a_picture_and_another_name(
    run: Run, conversation: str, tmp_path: Path
) -> None:
    run("seed", "bot", BOT, "--name", "Tally")
    chosen = file_of(tmp_path, sample_files.picture())
    for email in (OLIVE, BOT):
        assert run("user", "picture", email, chosen).exit_code == 0
        assert (user := User.by_email(email)) and user.avatar
        assert run("user", "picture", email, "--remove").exit_code == 0
        assert (user := User.by_email(email)) and user.avatar is None
        assert run("user", "rename", email, "Somebody Else").exit_code == 0
        assert (user := User.by_email(email)) and user.name == "Somebody Else"
    assert control_events(), "pages that are open are told"
    refused(run("user", "picture", "nobody@example.com", chosen), "Nobody has the address")
    refused(run("user", "rename", OLIVE, " "), "one line")
    refused(run("user", "rename", OLIVE, "x" * 101), "one line")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: b"", "empty"),
        (lambda: b"\x89PNG\r\n\x1a\nno picture", "picture"),
        (lambda: sample_files.pdf("a text"), "picture"),
        (lambda: sample_files.large_picture(12_000), "pixels"),
    ],
    ids=["empty", "lies about itself", "no picture", "bomb"],
)
def test_what_is_no_picture_changes_nothing(
    run: Run, assistant: str, tmp_path: Path, make: Callable[[], bytes], words: str
) -> None:
    chosen = file_of(tmp_path, make())
    for command in (("assistants", "picture", assistant), ("user", "picture", OLIVE)):
        result = run(*command, chosen)
        assert result.exit_code == 2 and words in result.stderr, result.stderr
        assert "Traceback" not in result.stderr
    assert "no picture" in run("assistants", "list").stdout


def test_a_file_or_its_removal_has_to_be_given(run: Run, assistant: str, tmp_path: Path) -> None:
    chosen = file_of(tmp_path, sample_files.picture())
    for arguments in ((), (chosen, "--remove")):
        refused(run("assistants", "picture", assistant, *arguments), "or --remove")
    assert run("assistants", "picture", assistant, str(tmp_path / "none.png")).exit_code == 2
