"""`flask seed bot`."""

from __future__ import annotations

import pytest

from app.auth.passwords import verify_password
from app.models import ApiToken, User
from tests.commands.conftest import Run
from tests.commands.expecting import count, refused

BOT = ("seed", "bot", "tally@example.com", "--name", "Tally")


def test_makes_a_program_that_signs_in_by_its_token_alone(run: Run) -> None:
    assert run(*BOT).stdout == "Tally is a bot; `flask token create` lets it in.\n"
    tally = User.by_email("tally@example.com")
    assert tally is not None
    assert (tally.name, tally.is_bot, tally.is_active) == ("Tally", True, True)
    assert not verify_password(tally.password_hash, "")
    token = run("token", "create", "tally@example.com", "--name", "nightly").stdout.strip()
    found = ApiToken.by_token(token)
    assert found is not None
    assert found.user.id == tally.id


def test_the_same_again_changes_nothing(run: Run) -> None:
    run(*BOT)
    assert run(*BOT).stdout == "Tally is a bot already; `flask token create` lets it in.\n"
    assert count(User) == 1


def test_another_name_is_refused(run: Run) -> None:
    run(*BOT)
    assert refused(run(*BOT[:4], "Tilly"), "already", "tally@example.com")


def test_a_person_does_not_become_a_bot(run: Run) -> None:
    run("seed", "user", *BOT[2:], "--password", "a long password")
    assert refused(run(*BOT), "already", "as a person")
    tally = User.by_email("tally@example.com")
    assert tally is not None
    assert not tally.is_bot


def test_a_bot_does_not_become_a_person(run: Run) -> None:
    run(*BOT)
    assert refused(run("seed", "user", *BOT[2:], "--password", "a long password"), "already")


@pytest.mark.parametrize("name", ["", "two\nlines"])
def test_what_is_no_name_is_refused(run: Run, name: str) -> None:
    assert refused(run(*BOT[:4], name), "--name")
    assert count(User) == 0
