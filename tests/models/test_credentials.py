"""Passwords, sign-ins and tokens: only hashes are stored, and what has ended opens nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.auth.passwords import HASHER, NOBODYS_HASH, hash_password, verify_password
from app.extensions import db
from app.models import ApiToken, Notice, SignIn, User
from app.models.api_token import PREFIX
from app.models.columns import now
from app.models.secret import digest, new_secret
from tests.support.cast import PASSWORD, Cast
from tests.support.harness import Harness


def test_a_password_is_verified_and_no_other_is() -> None:
    stored = hash_password("a good one")
    assert "a good one" not in stored
    assert verify_password(stored, "a good one")
    assert not verify_password(stored, "a good one ")


@pytest.mark.parametrize("stored", [None, "none", ""])
def test_who_has_no_password_signs_in_with_none(stored: str | None) -> None:
    assert not verify_password(stored, "nobody has this password")


def test_nobodys_hash_takes_as_long_as_any_other() -> None:
    assert not HASHER.check_needs_rehash(NOBODYS_HASH)
    assert HASHER.verify(NOBODYS_HASH, "nobody has this password")


def test_secrets_are_long_differ_and_leave_only_a_hash() -> None:
    first, second = new_secret("p_"), new_secret("p_")
    assert first != second
    assert first.startswith("p_") and len(first) == 45
    assert digest(first) != digest(second)
    assert len(digest(first)) == 64


def test_no_table_holds_what_signs_in(harness: Harness, cast: Cast) -> None:
    user_id = harness.user(cast.olive)
    key = harness.database.write(lambda: SignIn.begin(user_id))

    def everything() -> str:
        tables = ("sign_in", "api_token", "user_account", "notice")
        rows = [db.session.execute(text(f"SELECT * FROM {name}")).all() for name in tables]
        return repr(rows)

    stored = harness.database.read(everything)
    assert "olive@example.org" in stored, "the rows must be there for this to mean anything"
    for secret in (key, cast.olive.token, PASSWORD):
        assert secret not in stored


def test_a_sign_in_lasts_until_it_is_ended(harness: Harness, cast: Cast) -> None:
    user_id = harness.user(cast.olive)
    key, other = (harness.database.write(lambda: SignIn.begin(user_id)) for _ in range(2))
    assert SignIn.by_key(key) is not None

    harness.database.write(lambda: SignIn.by_key(key).end())
    db.session.rollback()

    assert SignIn.by_key(key) is None
    assert SignIn.by_key(other) is not None
    assert SignIn.by_key("something else") is None


def test_neither_sign_in_nor_token_opens_anything_for_the_disabled(
    harness: Harness, cast: Cast
) -> None:
    user_id = harness.user(cast.rex)
    key = harness.database.write(lambda: SignIn.begin(user_id))
    assert SignIn.by_key(key) and ApiToken.by_token(cast.rex.token)

    disable = db.update(User).where(User.id == user_id).values(disabled_at=now())
    harness.database.write(lambda: db.session.execute(disable))
    db.session.rollback()

    assert SignIn.by_key(key) is None
    assert ApiToken.by_token(cast.rex.token) is None


def test_a_token_shows_what_it_is_and_hints_which(harness: Harness, cast: Cast) -> None:
    token = ApiToken.by_token(cast.olive.token)
    assert cast.olive.token.startswith(PREFIX)
    assert token is not None and token.hint == cast.olive.token[: len(PREFIX) + 4]


def test_a_token_expires(harness: Harness, cast: Cast) -> None:
    token = ApiToken.by_token(cast.olive.token)
    assert token is not None
    token.expires_at = now() + timedelta(minutes=1)
    assert token.is_good
    token.expires_at = now() - timedelta(seconds=1)
    assert not token.is_good


def test_a_name_is_free_again_when_its_token_is_revoked(harness: Harness, cast: Cast) -> None:
    user_id = harness.user(cast.olive)

    def create() -> str:
        return ApiToken.create(db.session.get_one(User, user_id), "tests")

    with pytest.raises(IntegrityError):
        harness.database.write(create)
    harness.database.write(lambda: ApiToken.by_token(cast.olive.token).revoke())
    assert harness.database.write(create)


def test_what_ends_is_told_to_every_process(harness: Harness, cast: Cast) -> None:
    user_id = harness.user(cast.olive)
    key = harness.database.write(lambda: SignIn.begin(user_id))
    rooms = harness.database.read(
        lambda: {SignIn.by_key(key).room, ApiToken.by_token(cast.olive.token).room}
    )
    harness.database.write(lambda: SignIn.by_key(key).end())
    harness.database.write(lambda: ApiToken.by_token(cast.olive.token).revoke())
    posted = harness.database.read(lambda: db.session.execute(Notice.recent()).all())
    assert {(n.kind, n.room) for n in posted} == {("disconnect", room) for room in rooms}


@pytest.mark.parametrize("email", ["OLIVE@example.org", " olive@example.org\n"])
def test_an_address_is_found_however_it_is_written(
    harness: Harness, cast: Cast, email: str
) -> None:
    user = User.by_email(email)
    assert user is not None and user.name == "Olive"
    assert User.by_email("eve@example.com") is None


def test_what_can_not_be_an_address_is_nobodys(harness: Harness) -> None:
    assert User.by_email("olive@example.org\0") is None
