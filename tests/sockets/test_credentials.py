"""Sockets are closed when their credential expires, and its use is stored, but not too often."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.errors import Unavailable
from app.events import rooms
from app.extensions import db
from app.models import ApiToken, User
from app.models.columns import now
from app.sockets import connecting, credentials
from app.sockets.credentials import CredentialUses, Expirations
from tests.support.cast import Cast, Person
from tests.support.harness import Harness
from tests.support.socket import Socket


class Expiring:
    """Sockets whose tokens expire after 1, 2, … minutes, and a clock that the test sets."""

    def __init__(self, harness: Harness, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        self.began = self.time = now()
        self.looked = 0  # how often through all sockets
        self.expirations = Expirations()
        monkeypatch.setattr(connecting, "expirations", self.expirations)
        monkeypatch.setattr(credentials, "now", lambda: self.time)
        all_sockets = rooms.sockets

        def sockets(room: str | None) -> list[str]:
            self.looked += room is None
            return all_sockets(room)

        monkeypatch.setattr(rooms, "sockets", sockets)
        self.never = harness.reader(cast.max)
        user_id = harness.user(cast.olive)
        self.sockets = []
        for minutes in (2, 1):
            at = self.began + timedelta(minutes=minutes)
            token = harness.database.write(lambda at=at: create_token(user_id, at))
            self.sockets.insert(0, Socket(harness.app, token))

    def close_due(self, minutes: float) -> list[bool]:
        """Close what is due so many minutes later; return which sockets are still open."""
        self.time = self.began + timedelta(minutes=minutes)
        self.expirations.close_due()
        return [socket.is_connected for socket in (*self.sockets, self.never)]


def create_token(user_id: int, expires_at: datetime) -> str:
    return ApiToken.create(db.session.get_one(User, user_id), f"{expires_at}", expires_at)


@pytest.fixture
def expiring(harness: Harness, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Expiring:
    return Expiring(harness, cast, monkeypatch)


def test_sockets_are_looked_through_only_when_one_expires(expiring: Expiring) -> None:
    for seconds in range(60):
        assert expiring.close_due(seconds / 60) == [True, True, True]
    assert expiring.looked == 0
    assert expiring.close_due(1) == [False, True, True]
    assert expiring.close_due(1.5) == [False, True, True]
    looked = expiring.looked
    assert expiring.close_due(1.9) == [False, True, True]
    assert expiring.looked == looked
    assert expiring.close_due(2) == [False, False, True]
    assert expiring.close_due(9e6) == [False, False, True]


def test_a_clock_that_was_ahead_closes_nothing_too_late(expiring: Expiring) -> None:
    assert expiring.close_due(-60) == [True, True, True]
    assert expiring.close_due(1) == [False, True, True]


def test_a_socket_that_could_not_be_closed_is_closed_the_next_time(
    expiring: Expiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as failing:
        failing.setattr(rooms, "disconnect", lambda _sid: None)
        assert expiring.close_due(1) == [True, True, True]
    assert expiring.close_due(1.01) == [False, True, True]


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
