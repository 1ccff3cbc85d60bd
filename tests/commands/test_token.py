"""`flask token`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.models import ApiToken
from app.models.control_event import Kind
from tests.commands.conftest import Run
from tests.commands.expecting import count, notices, refused

pytestmark = pytest.mark.usefixtures("cast")

CREATE = ("token", "create", "olive@example.com", "--name", "phone")
REVOKE = ("token", "revoke", "olive@example.com", "phone")


def test_prints_a_token_alone_that_signs_olive_in(run: Run) -> None:
    result = run(*CREATE)
    assert re.fullmatch(r"midstream_[\w-]{43}\n", result.stdout)
    assert result.stderr == ""
    found = ApiToken.by_token(result.stdout.strip())
    assert found is not None
    assert found.user.name == "Olive"


def test_only_a_hash_of_it_is_stored(run: Run, tmp_path: Path) -> None:
    secret = run(*CREATE).stdout.strip().removeprefix("midstream_")
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("commands.sqlite3*"))
    assert b"phone" in stored, "the row must be there for this to mean anything"
    assert secret.encode() not in stored


def test_a_name_is_given_once(run: Run) -> None:
    run(*CREATE)
    assert refused(run(*CREATE), "phone", "revoke")
    assert count(ApiToken) == 1


def test_a_name_is_free_again_once_revoked(run: Run) -> None:
    run(*CREATE)
    run(*REVOKE)
    assert run(*CREATE).exit_code == 0


def test_the_same_name_is_free_for_others(run: Run) -> None:
    run(*CREATE)
    assert run("token", "create", "max@example.com", "--name", "phone").exit_code == 0


def test_the_list_tells_all_but_the_token(run: Run) -> None:
    secret = run(*CREATE).stdout.strip()
    run("token", "create", "olive@example.com", "--name", "bot")
    run("token", "revoke", "olive@example.com", "bot")
    first, second = run("token", "list", "olive@example.com").stdout.splitlines()
    assert first.split("\t")[:2] == ["phone", secret[:14] + "…"]
    assert first.split("\t")[3:] == ["never used", "good"]
    assert second.split("\t")[0] == "bot"
    assert second.split("\t")[-1] == "revoked"
    assert secret not in first


def test_the_list_of_who_has_none_is_empty(run: Run) -> None:
    run(*CREATE)
    assert run("token", "list", "max@example.com").stdout == ""


def test_revoked_it_signs_nobody_in_and_its_sockets_are_closed(run: Run) -> None:
    secret = run(*CREATE).stdout.strip()
    made = ApiToken.by_token(secret)
    assert made is not None
    assert run(*REVOKE).stdout == "phone is revoked.\n"
    assert ApiToken.by_token(secret) is None
    assert notices() == [(Kind.DISCONNECT, made.room)]


def test_revoked_twice_is_revoked(run: Run) -> None:
    run(*CREATE)
    run(*REVOKE)
    again = run(*REVOKE)
    assert again.exit_code == 0
    assert "already" in again.stdout


def test_a_token_that_never_was_cannot_be_revoked(run: Run) -> None:
    assert refused(run(*REVOKE), "phone")


@pytest.mark.parametrize(
    "command", [("create", "--name", "phone"), ("list",), ("revoke", "phone")], ids=lambda it: it[0]
)
def test_nobody_has_no_tokens(run: Run, command: tuple[str, ...]) -> None:
    assert refused(run("token", command[0], "nobody@example.com", *command[1:]), "nobody@")
