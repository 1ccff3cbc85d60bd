"""Keys that never come back, names that nobody guesses, and moments that keep their zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.extensions import db
from app.models import ApiToken, Message, Notice, SignIn, User
from app.models.columns import new_public_id
from app.models.notice import Kind
from tests.support.cast import Cast
from tests.support.stage import Stage


@pytest.mark.parametrize("model", [ApiToken, Message, Notice, SignIn])
def test_a_key_is_not_used_again_after_its_row_is_gone(
    stage: Stage, cast: Cast, conversation: str, model: type
) -> None:
    user_id = stage.user(cast.olive)

    def make() -> int:
        stage.records.conversation(cast.olive)
        stage.ask(stage.records.conversation(cast.olive), cast.olive)
        name = new_public_id()
        stage.records.write(lambda: ApiToken.create(db.session.get_one(User, user_id), name))
        stage.records.write(lambda: SignIn.begin(user_id))
        stage.records.write(lambda: Notice.post(Kind.REJOIN, "x"))
        return stage.records.read(lambda: db.session.scalar(db.select(db.func.max(model.id))))

    first = make()
    stage.records.write(lambda: db.session.execute(db.delete(model)))
    assert make() > first


def test_public_ids_are_long_and_differ() -> None:
    made = {new_public_id() for _ in range(1000)}
    assert len(made) == 1000
    assert {len(name) for name in made} == {32}


def test_a_moment_comes_back_with_its_zone(stage: Stage, cast: Cast) -> None:
    moment = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
    user_id = stage.user(cast.olive)
    set_it = db.update(User).where(User.id == user_id).values(disabled_at=moment)
    stage.records.write(lambda: db.session.execute(set_it))
    found = stage.records.read(lambda: db.session.get_one(User, user_id).disabled_at)
    assert found == moment
    assert found is not None and found.utcoffset() == timedelta(0)


def test_no_moment_stays_none(stage: Stage, cast: Cast) -> None:
    user_id = stage.user(cast.olive)
    assert stage.records.read(lambda: db.session.get_one(User, user_id).disabled_at) is None
