"""`flask user`."""

from __future__ import annotations

import pytest

from app.auth.passwords import verify_password
from app.database import write
from app.models import SignIn, User
from app.models.control_event import Kind
from tests.commands.conftest import Run
from tests.commands.expecting import control_events, refused

pytestmark = pytest.mark.usefixtures("cast")

OLIVE = "olive@example.com"


def olive() -> User:
    found = User.by_email(OLIVE)
    assert found is not None
    return found


def signed_in() -> str:
    """Sign Olive in; return the cookie's key."""
    return write(lambda: SignIn.begin(olive().id))


def test_disable_signs_a_user_out_and_disconnects_all_sockets(run: Run) -> None:
    key = signed_in()
    assert SignIn.by_key(key), "she must be signed in for this to mean anything"
    assert run("user", "disable", OLIVE).stdout == f"{OLIVE} is disabled.\n"
    assert not olive().is_active
    assert SignIn.by_key(key) is None
    assert (Kind.DISCONNECT, olive().room) in control_events()


def test_a_second_disable_changes_nothing(run: Run) -> None:
    run("user", "disable", OLIVE)
    before = control_events()
    assert "already" in run("user", "disable", OLIVE).stdout
    assert control_events() == before


def test_enable_restores_tokens_but_not_sign_ins(run: Run) -> None:
    key = signed_in()
    token = run("token", "create", OLIVE, "--name", "phone").stdout.strip()
    run("user", "disable", OLIVE)
    assert "disabled" in run("token", "list", OLIVE).stdout
    run("user", "enable", OLIVE)
    assert SignIn.by_key(key) is None
    assert "good" in run("token", "list", OLIVE).stdout
    assert token not in run("token", "list", OLIVE).stdout


def test_a_new_password_replaces_the_old_one_and_ends_all_sign_ins(run: Run) -> None:
    key = signed_in()
    result = run("user", "password", OLIVE, "--password", "quite another")
    assert result.exit_code == 0
    assert verify_password(olive().password_hash, "quite another")
    assert SignIn.by_key(key) is None


def test_a_short_password_is_refused_and_changes_nothing(run: Run) -> None:
    key = signed_in()
    assert refused(run("user", "password", OLIVE, "--password", "short"), "8 to 1,000")
    assert SignIn.by_key(key)


@pytest.mark.parametrize(
    "command", [("disable",), ("enable",), ("password", "--password", "x" * 9)]
)
def test_an_unknown_user_is_refused(run: Run, command: tuple[str, ...]) -> None:
    assert refused(run("user", command[0], "nobody@example.com", *command[1:]), "nobody@")


def test_a_deleted_user_is_gone_and_can_be_made_anew(run: Run) -> None:
    assert run("user", "delete", OLIVE, stdin="n\n").exit_code == 1
    assert olive().deleted_at is None
    assert run("user", "delete", OLIVE, "--yes").stdout == f"{OLIVE} is deleted.\n"
    assert User.by_email(OLIVE) is None
    assert refused(run("user", "delete", OLIVE, "--yes"), "Nobody has the address")
    assert (
        run("seed", "user", OLIVE, "--name", "Olive", "--password", "quite another").exit_code == 0
    )
