"""The time of a credential's last use is stored, but not too often."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.errors import Unavailable
from app.models import ApiToken
from app.models.columns import now
from app.sockets import connecting, credentials
from app.sockets.credentials import CredentialUses
from tests.support.cast import Cast, Person
from tests.support.harness import Harness


def test_the_last_use_is_stored_at_most_once_a_minute(
    harness: Harness, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    uses = CredentialUses()
    monkeypatch.setattr(connecting, "credential_uses", uses)
    assert used(harness, cast.eve) is None
    harness.reader(cast.eve)
    uses.store()
    first = used(harness, cast.eve)
    assert first is not None and now() - first < timedelta(minutes=1)
    harness.reader(cast.eve)
    uses.store()
    assert used(harness, cast.eve) == first
    assert used(harness, cast.max) is None


def used(harness: Harness, person: Person) -> datetime | None:
    def last() -> datetime | None:
        token = ApiToken.by_token(person.token)
        assert token is not None
        return token.last_used_at

    return harness.database.read(last)


def test_uses_whose_write_fails_are_stored_the_next_time(
    harness: Harness, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    uses = CredentialUses()
    monkeypatch.setattr(connecting, "credential_uses", uses)
    harness.reader(cast.eve)

    def fail(_work: object) -> None:
        harness.reader(cast.max)  # another use, meanwhile
        raise Unavailable()

    with monkeypatch.context() as failing:
        failing.setattr(credentials, "write", fail)
        with pytest.raises(Unavailable):
            uses.store()
    assert used(harness, cast.eve) is None
    uses.store()
    assert used(harness, cast.eve) and used(harness, cast.max)
