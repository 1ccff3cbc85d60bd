"""`sender` distinguishes users with the same name, and differs between conversations."""

from __future__ import annotations

from typing import Any

from tests.support.cast import Cast
from tests.support.harness import Harness


def test_users_with_the_same_name_have_different_senders(harness: Harness, cast: Cast) -> None:
    where = harness.database.conversation(cast.olive)
    twin = harness.database.same_name(cast.olive, where)
    olive = harness.reader(cast.olive, where)

    for person in (cast.olive, twin, cast.olive):
        harness.reader(person, where).ask("send", {"conversation": where, "content": "Hi"})

    mine, theirs, mine_again = _asked(olive.received())
    assert mine["author"] == theirs["author"] == "Olive"
    assert mine["sender"] == mine_again["sender"] != theirs["sender"]
    history = olive.ask("history", {"conversation": where, "before": 99})["messages"]
    assert [message.get("sender") for message in history if message["role"] == "user"] == [
        mine["sender"],
        theirs["sender"],
        mine["sender"],
    ]
    assert all("sender" not in message for message in history if message["role"] != "user")


def test_a_user_has_another_sender_in_each_conversation(harness: Harness, cast: Cast) -> None:
    senders = set()
    for _ in range(2):
        where = harness.database.conversation(cast.olive)
        olive = harness.reader(cast.olive, where)
        olive.ask("send", {"conversation": where, "content": "Hi"})
        senders |= {message["sender"] for message in _asked(olive.received())}
    assert len(senders) == 2


def _asked(events: list[Any]) -> list[Any]:
    return [data for name, data in events if name == "message" and data["role"] == "user"]
