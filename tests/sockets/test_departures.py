"""Who goes away in the middle of a join takes nobody along."""

from __future__ import annotations

import pytest

from app.database import release
from app.errors import Unauthorized
from app.events import rooms
from app.extensions import socketio
from app.sockets import joins
from tests.support.cast import Cast
from tests.support.harness import Harness


def test_a_reader_that_disconnects_before_the_read_does_not_block_others(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    max, olive = harness.reader(cast.max), harness.reader(cast.olive)
    goes = [max.sid]

    def release_and_go() -> None:
        release()
        for sid in goes:
            socketio.server.manager.disconnect(sid, rooms.NAMESPACE)
        goes.clear()

    monkeypatch.setattr(joins, "release", release_and_go)
    monkeypatch.setattr(joins, "READ_TIMEOUT_SECONDS", 0.1)

    assert max.ask("join", {"conversation": conversation, "after": 0})["error"] == "unauthorized"

    assert not goes, "precondition: Max has disconnected"
    assert olive.ask("join", {"conversation": conversation, "after": 0})["ok"]


def test_a_socket_that_disconnects_while_entering_a_room_is_not_left_in_it(
    harness: Harness, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    sid = harness.reader(cast.max).sid
    manager = socketio.server.manager
    known = manager.eio_sid_from_sid

    def look_up_and_go(*args: str) -> str | None:
        found: str | None = known(*args)
        manager.disconnect(sid, rooms.NAMESPACE)
        return found

    monkeypatch.setattr(manager, "eio_sid_from_sid", look_up_and_go)

    with pytest.raises(Unauthorized):
        rooms.enter(sid, "a room")

    assert rooms.sockets("a room") == []
