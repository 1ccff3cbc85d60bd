"""Primary keys are not reused, public ids can't be guessed, and datetimes keep their time zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.extensions import db
from app.models import ApiToken, ControlEvent, Conversation, Message, SignIn, User
from app.models.columns import new_public_id
from app.models.control_event import Kind
from tests.support.cast import Cast
from tests.support.harness import Harness


@pytest.mark.parametrize("model", [ApiToken, Message, ControlEvent, SignIn])
def test_a_primary_key_is_not_reused_after_its_row_is_deleted(
    harness: Harness, cast: Cast, conversation: str, model: type
) -> None:
    user_id = harness.user(cast.olive)

    def make() -> int:
        harness.database.conversation(cast.olive)
        harness.ask(harness.database.conversation(cast.olive), cast.olive)
        name = new_public_id()
        harness.database.write(lambda: ApiToken.create(db.session.get_one(User, user_id), name))
        harness.database.write(lambda: SignIn.begin(user_id))
        harness.database.write(lambda: ControlEvent.post(Kind.REJOIN, "x"))
        return harness.database.read(lambda: db.session.scalar(db.select(db.func.max(model.id))))

    first = make()
    harness.database.write(lambda: db.session.execute(db.delete(model)))
    assert make() > first


def test_public_ids_are_long_and_unique() -> None:
    made = {new_public_id() for _ in range(1000)}
    assert len(made) == 1000
    assert {len(name) for name in made} == {32}


def test_a_datetime_is_read_with_its_time_zone(harness: Harness, cast: Cast) -> None:
    user_id = harness.user(cast.olive)

    def disabled_at() -> datetime | None:
        return harness.database.read(lambda: db.session.get_one(User, user_id).disabled_at)

    assert disabled_at() is None
    noon = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
    disable = db.update(User).where(User.id == user_id).values(disabled_at=noon)
    harness.database.write(lambda: db.session.execute(disable))
    found = disabled_at()
    assert found == noon
    assert found is not None and found.utcoffset() == timedelta(0)


def test_a_name_and_a_title_of_an_earlier_version_keep_to_themselves(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    user_id, key = harness.user(cast.olive), harness.key(conversation)
    for statement in (
        db.text("UPDATE user_account SET name = :text"),
        db.text("UPDATE conversation SET title = :text"),
    ):
        harness.database.write(
            lambda found=statement: db.session.execute(found, {"text": "\u202eevil\u2069"})
        )
    assert harness.database.read(lambda: db.session.get_one(User, user_id).name) == "evil"
    assert harness.database.read(lambda: db.session.get_one(Conversation, key).title) == "evil"
