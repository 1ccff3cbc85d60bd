"""`flask seed user`."""

from __future__ import annotations

import pytest

from app.auth.passwords import verify_password
from app.models import User
from tests.commands.conftest import Run
from tests.commands.expecting import count, refused

OLIVE = ("seed", "user", "olive@example.com", "--name", "Olive", "--password", "olive's secret")


def test_creates_a_user_who_can_sign_in(run: Run) -> None:
    result = run(*OLIVE)
    assert result.exit_code == 0
    assert result.stdout == "Olive can sign in as olive@example.com.\n"
    olive = User.by_email("olive@example.com")
    assert olive is not None
    assert olive.name == "Olive"
    assert verify_password(olive.password_hash, "olive's secret")


def test_the_password_is_neither_printed_nor_stored_in_plain_text(run: Run) -> None:
    result = run(*OLIVE)
    olive = User.by_email("olive@example.com")
    assert olive is not None
    assert "secret" not in result.output
    assert olive.password_hash.startswith("$argon2id$")


def test_a_second_run_changes_nothing(run: Run) -> None:
    run(*OLIVE)
    again = run(*OLIVE)
    assert again.exit_code == 0
    assert "already" in again.stdout
    assert count(User) == 1


@pytest.mark.parametrize(
    "other",
    [("--name", "Olive", "--password", "another secret"), ("--name", "Oliver", *OLIVE[5:])],
    ids=["password", "name"],
)
def test_another_name_or_password_is_refused(run: Run, other: tuple[str, ...]) -> None:
    run(*OLIVE)
    assert refused(run(*OLIVE[:3], *other), "already", "olive@example.com")
    olive = User.by_email("olive@example.com")
    assert olive is not None
    assert olive.name == "Olive"
    assert verify_password(olive.password_hash, "olive's secret")


def test_addresses_are_normalized(run: Run) -> None:
    run("seed", "user", "  Olive@EXAMPLE.com ", *OLIVE[3:])
    assert "already" in run(*OLIVE).stdout
    assert count(User) == 1


@pytest.mark.parametrize("email", ["olive+1@example.co.uk", "olive@localhost", "o'hara@mail.local"])
def test_an_address_without_a_public_domain_is_accepted(run: Run, email: str) -> None:
    assert run("seed", "user", email, *OLIVE[3:]).exit_code == 0
    assert User.by_email(email) is not None


@pytest.mark.parametrize(
    "email", ["", "olive", "olive@", "@example.com", "a b@example.com", "a@b@c"]
)
def test_an_invalid_address_is_refused(run: Run, email: str) -> None:
    assert refused(run("seed", "user", email, *OLIVE[3:]), "not an email address")
    assert count(User) == 0


@pytest.mark.parametrize("name", ["", "   ", "two\nlines", "x" * 101, "bell\a"])
def test_an_invalid_name_is_refused(run: Run, name: str) -> None:
    assert refused(run(*OLIVE[:4], name, *OLIVE[5:]), "--name")
    assert count(User) == 0


@pytest.mark.parametrize("password", ["", "1234567", "x" * 1001])
def test_a_password_of_the_wrong_length_is_refused(run: Run, password: str) -> None:
    assert refused(run(*OLIVE[:6], password), "8 to 1,000 characters")
    assert count(User) == 0


def test_a_missing_password_is_prompted_for(run: Run) -> None:
    result = run(*OLIVE[:5], stdin="olive's secret\n")
    assert result.exit_code == 0
    assert "secret" not in result.output
    olive = User.by_email("olive@example.com")
    assert olive is not None
    assert verify_password(olive.password_hash, "olive's secret")


def test_a_common_password_is_refused(run: Run) -> None:
    assert refused(run(*OLIVE[:6], "Password123"), "one of the most common ones")
    assert count(User) == 0


@pytest.mark.parametrize("ending", ["\n", "\r\n", "", "\nanother line\n"])
def test_the_password_can_come_from_standard_input(run: Run, ending: str) -> None:
    result = run(*OLIVE[:5], "--password-stdin", stdin=f"olive's secret {ending}")
    assert result.stdout == "Olive can sign in as olive@example.com.\n", "nothing is prompted for"
    olive = User.by_email("olive@example.com")
    assert olive is not None
    assert verify_password(olive.password_hash, "olive's secret ")


def test_a_password_from_standard_input_is_checked_too(run: Run) -> None:
    assert refused(run(*OLIVE[:5], "--password-stdin", stdin="short\n"), "8 to 1,000 characters")
    assert refused(run(*OLIVE, "--password-stdin", stdin="olive's secret\n"), "not both")
    assert count(User) == 0
