"""`flask user`."""

from __future__ import annotations

import pytest

from app.auth.passwords import verify_password
from app.database import write
from app.models import SignIn, User
from app.models.control_event import Kind
from tests.commands.conftest import Run
from tests.commands.expecting import notices, refused

pytestmark = pytest.mark.usefixtures("cast")

OLIVE = "olive@example.com"


def olive() -> User:
    found = User.by_email(OLIVE)
    assert found is not None
    return found


def signed_in() -> str:
    """Sign Olive in; return the cookie's key."""
    return write(lambda: SignIn.begin(olive().id))


def test_disabled_she_is_shut_out_and_her_sockets_are_closed(run: Run) -> None:
    key = signed_in()
    assert SignIn.by_key(key), "she must be signed in for this to mean anything"
    assert run("user", "disable", OLIVE).stdout == f"{OLIVE} is disabled.\n"
    assert not olive().is_active
    assert SignIn.by_key(key) is None
    assert (Kind.DISCONNECT, olive().room) in notices()


def test_disabled_twice_is_disabled(run: Run) -> None:
    run("user", "disable", OLIVE)
    before = notices()
    assert "already" in run("user", "disable", OLIVE).stdout
    assert notices() == before


def test_enabled_her_tokens_are_good_again_and_her_old_sign_ins_are_not(run: Run) -> None:
    key = signed_in()
    token = run("token", "create", OLIVE, "--name", "phone").stdout.strip()
    run("user", "disable", OLIVE)
    assert "disabled" in run("token", "list", OLIVE).stdout
    run("user", "enable", OLIVE)
    assert SignIn.by_key(key) is None
    assert "good" in run("token", "list", OLIVE).stdout
    assert token not in run("token", "list", OLIVE).stdout


def test_a_new_password_takes_the_place_of_the_old_one_and_ends_all_sign_ins(run: Run) -> None:
    key = signed_in()
    result = run("user", "password", OLIVE, "--password", "quite another")
    assert result.exit_code == 0
    assert verify_password(olive().password_hash, "quite another")
    assert SignIn.by_key(key) is None


def test_a_short_password_changes_nothing(run: Run) -> None:
    key = signed_in()
    assert refused(run("user", "password", OLIVE, "--password", "short"), "8 to 1,000")
    assert SignIn.by_key(key)


@pytest.mark.parametrize(
    "command", [("disable",), ("enable",), ("password", "--password", "x" * 9)]
)
def test_nobody_is_refused(run: Run, command: tuple[str, ...]) -> None:
    assert refused(run("user", command[0], "nobody@example.com", *command[1:]), "nobody@")
