"""When a credential was last used is noted, and not too often."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.models import ApiToken
from app.models.columns import now
from app.sockets import connecting
from app.sockets.last_used import LastUsed
from tests.support.cast import Cast, Person
from tests.support.stage import Stage


def test_the_last_use_is_noted_to_the_minute(
    stage: Stage, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    last_used = LastUsed()
    monkeypatch.setattr(connecting, "last_used", last_used)
    assert used(stage, cast.eve) is None
    stage.reader(cast.eve)
    last_used.store()
    first = used(stage, cast.eve)
    assert first is not None and now() - first < timedelta(minutes=1)
    stage.reader(cast.eve)
    last_used.store()
    assert used(stage, cast.eve) == first
    assert used(stage, cast.max) is None


def used(stage: Stage, person: Person) -> datetime | None:
    def last() -> datetime | None:
        token = ApiToken.by_token(person.token)
        assert token is not None
        return token.last_used_at

    return stage.records.read(last)
