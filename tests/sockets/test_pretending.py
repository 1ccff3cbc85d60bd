"""What nobody can be, and what is not a reader's to say."""

from __future__ import annotations

import pytest

from app.events import emit, rooms
from tests.support.cast import Cast
from tests.support.harness import Harness
from tests.support.socket import Socket


@pytest.mark.parametrize("event", ["connect", "disconnect"])
def test_a_reader_can_not_send_the_servers_own_events(
    harness: Harness, cast: Cast, event: str
) -> None:
    eve = harness.reader(cast.eve)
    namespace = emit.socketio.server.namespace_handlers[rooms.NAMESPACE]
    ack = namespace.trigger_event(event, eve.sid, {"token": cast.max.token})
    assert ack["error"] == "invalid"
    assert eve.ask("conversations", {})["ok"]


@pytest.mark.parametrize("token", ["\ud800", "a\0b", "x" * 100_000])
def test_a_token_that_cannot_even_be_text_lets_nobody_in(harness: Harness, token: str) -> None:
    assert not Socket(harness.app, token).is_connected


@pytest.mark.parametrize("name", ["a\0b", "' OR 1=1", "x"])
@pytest.mark.parametrize("event", ["join", "history", "stop"])
def test_an_impossible_id_is_not_found(harness: Harness, cast: Cast, event: str, name: str) -> None:
    wish = {"conversation": name, "id": name, "before": 1}
    assert harness.reader(cast.eve).ask_anything(event, wish)["error"] == "not_found"


def test_an_impossible_id_in_have_is_removed(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    max = harness.reader(cast.max)
    max.join(conversation, have={"a\0b": 1})
    removed = [data for name, data in max.received() if name == "removed"]
    assert [data["ids"] for data in removed] == [["a\0b"]]
