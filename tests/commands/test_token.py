"""`flask token`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.models import ApiToken
from app.models.api_token import MAX_TOKENS
from app.models.control_event import Kind
from tests.commands.conftest import Run
from tests.commands.expecting import control_events, count, refused

pytestmark = pytest.mark.usefixtures("cast")

CREATE = ("token", "create", "olive@example.com", "--name", "phone")
REVOKE = ("token", "revoke", "olive@example.com", "phone")


def test_create_prints_only_a_token_that_signs_in(run: Run) -> None:
    result = run(*CREATE)
    assert re.fullmatch(r"midstream_[\w-]{43}\n", result.stdout)
    assert result.stderr == ""
    found = ApiToken.by_token(result.stdout.strip())
    assert found is not None
    assert found.user.name == "Olive"


def test_only_the_hash_of_a_token_is_stored(run: Run, tmp_path: Path) -> None:
    secret = run(*CREATE).stdout.strip().removeprefix("midstream_")
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("commands.sqlite3*"))
    assert b"phone" in stored, "the row must be there for this to mean anything"
    assert secret.encode() not in stored


def test_a_name_in_use_is_refused(run: Run) -> None:
    run(*CREATE)
    assert refused(run(*CREATE), "phone", "revoke")
    assert count(ApiToken) == 1


def test_the_name_of_a_revoked_token_can_be_used_again(run: Run) -> None:
    run(*CREATE)
    run(*REVOKE)
    assert run(*CREATE).exit_code == 0


def test_two_users_may_use_the_same_name(run: Run) -> None:
    run(*CREATE)
    assert run("token", "create", "max@example.com", "--name", "phone").exit_code == 0


def test_list_shows_everything_but_the_token(run: Run) -> None:
    secret = run(*CREATE).stdout.strip()
    run("token", "create", "olive@example.com", "--name", "bot")
    run("token", "revoke", "olive@example.com", "bot")
    first, second = run("token", "list", "olive@example.com").stdout.splitlines()
    assert first.split("\t")[:2] == ["phone", secret[:14] + "…"]
    assert first.split("\t")[3:] == ["never used", "good"]
    assert second.split("\t")[0] == "bot"
    assert second.split("\t")[-1] == "revoked"
    assert secret not in first


def test_list_is_empty_for_a_user_without_tokens(run: Run) -> None:
    run(*CREATE)
    assert run("token", "list", "max@example.com").stdout == ""


def test_revoke_ends_the_token_and_disconnects_its_sockets(run: Run) -> None:
    secret = run(*CREATE).stdout.strip()
    made = ApiToken.by_token(secret)
    assert made is not None
    assert run(*REVOKE).stdout == "phone is revoked.\n"
    assert ApiToken.by_token(secret) is None
    assert control_events() == [(Kind.DISCONNECT, made.room)]


def test_a_second_revoke_changes_nothing(run: Run) -> None:
    run(*CREATE)
    run(*REVOKE)
    again = run(*REVOKE)
    assert again.exit_code == 0
    assert "already" in again.stdout


def test_an_unknown_token_cannot_be_revoked(run: Run) -> None:
    assert refused(run(*REVOKE), "phone")


def test_a_user_can_have_only_so_many_tokens(run: Run) -> None:
    for number in range(MAX_TOKENS):
        assert run("token", "create", "olive@example.com", "--name", f"No. {number}").exit_code == 0
    assert refused(run("token", "create", "olive@example.com", "--name", "more"), "Revoke one")


@pytest.mark.parametrize(
    "command", [("create", "--name", "phone"), ("list",), ("revoke", "phone")], ids=lambda it: it[0]
)
def test_an_unknown_user_is_refused(run: Run, command: tuple[str, ...]) -> None:
    assert refused(run("token", command[0], "nobody@example.com", *command[1:]), "nobody@")
