"""`flask seed bot`."""

from __future__ import annotations

import pytest

from app.auth.passwords import verify_password
from app.models import ApiToken, User
from tests.commands.conftest import Run
from tests.commands.expecting import count, refused

BOT = ("seed", "bot", "tally@example.com", "--name", "Tally")


def test_creates_a_bot_that_signs_in_only_by_token(run: Run) -> None:
    assert run(*BOT).stdout == "Tally is now a bot. Make its token with `flask token create`.\n"
    tally = User.by_email("tally@example.com")
    assert tally is not None
    assert (tally.name, tally.is_bot, tally.is_active) == ("Tally", True, True)
    assert not verify_password(tally.password_hash, "")
    token = run("token", "create", "tally@example.com", "--name", "nightly").stdout.strip()
    found = ApiToken.by_token(token)
    assert found is not None
    assert found.user.id == tally.id


def test_a_second_run_changes_nothing(run: Run) -> None:
    run(*BOT)
    assert run(*BOT).stdout == "Tally is already a bot. Make its token with `flask token create`.\n"
    assert count(User) == 1


def test_another_name_is_refused(run: Run) -> None:
    run(*BOT)
    assert refused(run(*BOT[:4], "Tilly"), "already", "tally@example.com")


def test_a_person_cannot_become_a_bot(run: Run) -> None:
    run("seed", "user", *BOT[2:], "--password", "a long password")
    assert refused(run(*BOT), "already", "as a person")
    tally = User.by_email("tally@example.com")
    assert tally is not None
    assert not tally.is_bot


def test_a_bot_cannot_become_a_person(run: Run) -> None:
    run(*BOT)
    assert refused(run("seed", "user", *BOT[2:], "--password", "a long password"), "already")


@pytest.mark.parametrize("name", ["", "two\nlines"])
def test_an_invalid_name_is_refused(run: Run, name: str) -> None:
    assert refused(run(*BOT[:4], name), "--name")
    assert count(User) == 0
