"""Who has opened a socket is looked up once, and again where it may not be true any more."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from app.auth import identity, revocations
from app.events import rooms
from app.extensions import db
from app.models import ApiToken, ControlEvent, User, credential
from app.models.columns import now
from app.models.control_event import Kind
from app.sockets.control_events import ControlEventHandler
from tests.support.cast import Cast, Person
from tests.support.harness import Harness
from tests.support.socket import Socket
from tests.support.statements import collected

EVENT = ("conversations", {})


@pytest.fixture
def process(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> ControlEventHandler:
    """Handles control events; nobody else does, and no other test has."""
    monkeypatch.setattr(revocations.revocations, "_handled_until", float("-inf"))
    monkeypatch.setattr(revocations.revocations, "_closing_since", float("-inf"))
    process = ControlEventHandler()
    process.handle_new()
    return process


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the process be so late with control events that it must not trust what it remembers."""
    monkeypatch.setattr(revocations, "TRUSTED_SECONDS", -1.0)


def revoke(harness: Harness, person: Person) -> None:
    def end() -> None:
        token = ApiToken.by_token(person.token)
        assert token is not None
        token.revoke()

    harness.database.write(end)


def looked_up(socket: Socket) -> int:
    """Return how often an event looks up who has sent it."""
    with collected() as statements:
        assert socket.ask(*EVENT)["ok"]
    return sum("FROM api_token" in each for each in statements)


def test_a_connection_looks_its_user_up_once(harness: Harness, cast: Cast) -> None:
    with collected() as statements:
        assert harness.reader(cast.max).is_connected
    assert sum("FROM api_token" in each for each in statements) == 1


def test_an_event_asks_nothing_about_its_sender(
    harness: Harness, cast: Cast, process: ControlEventHandler
) -> None:
    max = harness.reader(cast.max)
    process.handle_new()
    assert looked_up(max) == 0


@pytest.mark.usefixtures("process", "late")
def test_where_control_events_are_late_each_event_looks_its_sender_up(
    harness: Harness, cast: Cast
) -> None:
    max = harness.reader(cast.max)
    assert looked_up(max) == 1
    revoke(harness, cast.max)
    assert max.ask(*EVENT)["error"] == "unauthorized"
    assert max.ask(*EVENT)["error"] == "unauthorized", "also the next time"


def test_an_event_is_trusted_for_less_than_a_second(
    harness: Harness, cast: Cast, process: ControlEventHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    max = harness.reader(cast.max)
    process.handle_new()
    began = time.monotonic()
    for seconds, lookups in ((0.5, 0), (0.99, 1)):
        monkeypatch.setattr(revocations.time, "monotonic", lambda s=seconds: began + s)
        assert looked_up(max) == lookups


def test_a_socket_whose_token_has_expired_is_refused_before_it_is_closed(
    harness: Harness, cast: Cast, process: ControlEventHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    user_id, soon = harness.user(cast.max), now() + timedelta(minutes=1)
    token = harness.database.write(
        lambda: ApiToken.create(db.session.get_one(User, user_id), "soon", soon)
    )
    max = Socket(harness.app, token)
    process.handle_new()
    assert looked_up(max) == 0, "precondition: it is remembered"
    monkeypatch.setattr(identity, "now", lambda: soon)
    monkeypatch.setattr(credential, "now", lambda: soon)
    assert max.ask(*EVENT)["error"] == "unauthorized"


def test_after_an_event_that_failed_senders_are_looked_up(
    harness: Harness, cast: Cast, process: ControlEventHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    max = harness.reader(cast.max)
    harness.database.write(lambda: ControlEvent.post(Kind.DISCONNECT, "a room"))
    later = time.monotonic() + 10  # what was looked up is too old by then
    with monkeypatch.context() as failing:
        failing.setattr(revocations.time, "monotonic", lambda: later)
        failing.setattr(rooms, "disconnect", lambda room: 1 / 0)
        process.handle_new()
        assert looked_up(max) == 1


def test_a_token_that_is_revoked_before_its_socket_can_be_closed_is_refused(
    harness: Harness, cast: Cast, process: ControlEventHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter = rooms.enter

    def revoke_then_enter(sid: str, room: str) -> None:
        monkeypatch.setattr(rooms, "enter", enter)
        revoke(harness, cast.rex)
        process.handle_new()  # closes nothing: the socket is in no room yet
        enter(sid, room)

    monkeypatch.setattr(rooms, "enter", revoke_then_enter)
    assert not harness.reader(cast.rex).is_connected


def test_a_token_that_is_revoked_after_it_was_looked_up_is_closed(
    harness: Harness, cast: Cast, process: ControlEventHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter = rooms.enter

    def revoke_then_enter(sid: str, room: str) -> None:
        monkeypatch.setattr(rooms, "enter", enter)
        revoke(harness, cast.rex)
        enter(sid, room)

    monkeypatch.setattr(rooms, "enter", revoke_then_enter)
    rex = harness.reader(cast.rex)
    assert rex.is_connected, "precondition: the event has not been handled yet"
    process.handle_new()
    assert not rex.is_connected


def test_a_stopped_answer_names_who_stops_it_as_they_are_called_now(
    harness: Harness, cast: Cast, conversation: str, process: ControlEventHandler
) -> None:
    answer = harness.begin(conversation, cast.olive)
    max = harness.reader(cast.max, conversation)
    user_id = harness.user(cast.max)
    harness.database.write(lambda: db.session.get_one(User, user_id).rename("Maximilian"))
    process.handle_new()
    assert max.ask("stop", {"id": answer.public_id})["ok"]
    assert harness.database.message(answer.public_id).note == "Stopped by Maximilian."
