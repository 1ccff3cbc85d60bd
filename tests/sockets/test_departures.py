"""Who goes away in the middle of a join takes nobody along."""

from __future__ import annotations

import pytest

from app.database import release
from app.errors import Unauthorized
from app.extensions import socketio
from app.sockets import out, shared_joins
from tests.support.cast import Cast
from tests.support.stage import Stage


def test_a_reader_who_goes_before_it_is_gathered_leaves_the_way_open_for_others(
    stage: Stage, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    max, olive = stage.reader(cast.max), stage.reader(cast.olive)
    goes = [max.sid]

    def release_and_go() -> None:
        release()
        for sid in goes:
            socketio.server.manager.disconnect(sid, out.NAMESPACE)
        goes.clear()

    monkeypatch.setattr(shared_joins, "release", release_and_go)
    monkeypatch.setattr(shared_joins, "READ_TIMEOUT_SECONDS", 0.1)

    assert max.ask("join", {"conversation": conversation, "after": 0})["error"] == "unauthorized"

    assert not goes, "Max must have gone for this to mean anything"
    assert olive.ask("join", {"conversation": conversation, "after": 0})["ok"]


def test_a_socket_that_goes_while_it_is_let_into_a_room_is_nobodys(
    stage: Stage, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    sid = stage.reader(cast.max).sid
    manager = socketio.server.manager
    known = manager.eio_sid_from_sid

    def look_up_and_go(*args: str) -> str | None:
        found: str | None = known(*args)
        manager.disconnect(sid, out.NAMESPACE)
        return found

    monkeypatch.setattr(manager, "eio_sid_from_sid", look_up_and_go)

    with pytest.raises(Unauthorized):
        out.enter(sid, "a room")

    assert out.sockets("a room") == []
