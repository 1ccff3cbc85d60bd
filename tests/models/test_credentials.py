"""Sign-ins and tokens: only their hashes are stored, and they are refused once they have ended."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.extensions import db
from app.models import ApiToken, ControlEvent, SignIn, User
from app.models.api_token import EXPIRED_LIFETIME, MAX_TOKENS, PREFIX
from app.models.columns import now
from app.models.credential import digest, new_secret
from tests.support.cast import PASSWORD, Cast
from tests.support.harness import Harness


def test_secrets_are_long_unique_and_hashed() -> None:
    first, second = new_secret("p_"), new_secret("p_")
    assert first != second
    assert first.startswith("p_") and len(first) == 45
    assert digest(first) != digest(second)
    assert len(digest(first)) == 64


def test_no_secret_is_stored_in_the_database(harness: Harness, cast: Cast) -> None:
    user_id = harness.user(cast.olive)
    key = harness.database.write(lambda: SignIn.begin(user_id))

    def everything() -> str:
        tables = ("sign_in", "api_token", "user_account", "control_event")
        rows = [db.session.execute(text(f"SELECT * FROM {name}")).all() for name in tables]
        return repr(rows)

    stored = harness.database.read(everything)
    assert "olive@example.org" in stored, "the rows must be there for this to mean anything"
    for secret in (key, cast.olive.token, PASSWORD):
        assert secret not in stored


def test_a_sign_in_is_valid_until_it_ends(harness: Harness, cast: Cast) -> None:
    user_id = harness.user(cast.olive)
    key, other = (harness.database.write(lambda: SignIn.begin(user_id)) for _ in range(2))
    assert SignIn.by_key(key) is not None and SignIn.find(key) is not None

    harness.database.write(lambda: SignIn.by_key(key).end())
    db.session.rollback()

    assert SignIn.by_key(key) is None and SignIn.find(key) is None
    assert SignIn.by_key(other) is not None and SignIn.find(other) is not None
    assert SignIn.by_key("something else") is None and SignIn.find("something else") is None


def test_a_disabled_user_has_no_valid_sign_in_or_token(harness: Harness, cast: Cast) -> None:
    user_id = harness.user(cast.rex)
    key = harness.database.write(lambda: SignIn.begin(user_id))
    assert SignIn.by_key(key) and ApiToken.by_token(cast.rex.token)

    disable = db.update(User).where(User.id == user_id).values(disabled_at=now())
    harness.database.write(lambda: db.session.execute(disable))
    db.session.rollback()

    assert SignIn.by_key(key) is None
    assert ApiToken.by_token(cast.rex.token) is None


def test_a_token_has_a_known_prefix_and_a_hint(harness: Harness, cast: Cast) -> None:
    token = ApiToken.by_token(cast.olive.token)
    assert cast.olive.token.startswith(PREFIX)
    assert token is not None and token.hint == cast.olive.token[: len(PREFIX) + 4]


def test_a_token_expires(harness: Harness, cast: Cast) -> None:
    token = ApiToken.by_token(cast.olive.token)
    assert token is not None
    token.expires_at = now() + timedelta(minutes=1)
    assert token.is_valid
    token.expires_at = now() - timedelta(seconds=1)
    assert not token.is_valid


def test_a_token_name_can_be_used_again_after_revocation(harness: Harness, cast: Cast) -> None:
    user_id = harness.user(cast.olive)

    def create() -> str:
        return ApiToken.create(db.session.get_one(User, user_id), "tests")

    with pytest.raises(IntegrityError):
        harness.database.write(create)
    harness.database.write(lambda: ApiToken.by_token(cast.olive.token).revoke())
    assert harness.database.write(create)


def test_what_nobody_can_use_is_deleted_when_there_is_more_of_it(
    harness: Harness, cast: Cast
) -> None:
    user_id = harness.user(cast.olive)

    def rows(model: type[ApiToken | SignIn]) -> list[ApiToken | SignIn]:
        found = db.select(model).where(model.user_id == user_id).order_by(model.id)
        return list(db.session.scalars(found))

    def names() -> list[str]:
        return [token.name for token in rows(ApiToken)]

    def create(name: str, expired: timedelta | None = None) -> None:
        expires_at = None if expired is None else now() - expired
        ApiToken.create(db.session.get_one(User, user_id), name, expires_at)

    def create_and_revoke() -> None:
        for number in range(MAX_TOKENS + 5):
            create(f"revoked {number}")
            db.session.flush()
            rows(ApiToken)[-1].revoke()
        create("expired", timedelta(days=1))
        create("expired long ago", EXPIRED_LIFETIME + timedelta(days=1))
        create("new")

    harness.database.write(create_and_revoke)
    revoked = [f"revoked {number}" for number in range(5, MAX_TOKENS + 5)]
    assert harness.database.read(names) == ["tests", *revoked, "expired", "new"]

    for _ in range(5):
        key = harness.database.write(lambda: SignIn.begin(user_id))
        harness.database.write(lambda key=key: SignIn.by_key(key).end())
    assert len(harness.database.read(lambda: rows(SignIn))) == 1


def test_ending_a_credential_posts_a_disconnect_event(harness: Harness, cast: Cast) -> None:
    user_id = harness.user(cast.olive)
    key = harness.database.write(lambda: SignIn.begin(user_id))
    rooms = harness.database.read(
        lambda: {SignIn.by_key(key).room, ApiToken.by_token(cast.olive.token).room}
    )
    harness.database.write(lambda: SignIn.by_key(key).end())
    harness.database.write(lambda: ApiToken.by_token(cast.olive.token).revoke())
    posted = harness.database.read(lambda: db.session.execute(ControlEvent.after()).all())
    assert {(n.kind, n.room) for n in posted} == {("disconnect", room) for room in rooms}


@pytest.mark.parametrize("email", ["OLIVE@example.org", " olive@example.org\n"])
def test_users_are_found_by_address_ignoring_case_and_spaces(
    harness: Harness, cast: Cast, email: str
) -> None:
    user = User.by_email(email)
    assert user is not None and user.name == "Olive"
    assert User.by_email("eve@example.com") is None


def test_an_address_with_a_null_character_is_not_found(harness: Harness) -> None:
    assert User.by_email("olive@example.org\0") is None
