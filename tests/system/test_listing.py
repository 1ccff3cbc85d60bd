"""The list of conversations, and how a new one comes to be in it."""

from __future__ import annotations

import pytest

from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.database import Database

pytestmark = pytest.mark.system


def test_the_list_of_conversations_is_the_callers_newest_first_50_at_a_time(
    database: Database, cast: Cast, server_url: str
) -> None:
    database.conversation(cast.olive, title="Not Rex's")
    ids = [database.conversation(cast.rex, title=f"Rex {n}") for n in range(120)]
    with Client().open(server_url, cast.rex.token) as rex:
        found, lengths, cursor = [], [], {}
        while True:
            ack = rex.ask("conversations", cursor)
            found += [entry["conversation"] for entry in ack["conversations"]]
            lengths.append(len(ack["conversations"]))
            if "next" not in ack:
                break
            cursor = {"before": ack["next"]}

    assert found == ids[::-1]
    assert lengths == [50, 50, 20]
    assert ack["conversations"][-1].keys() == {"conversation", "title", "position", "updated_at"}


def test_a_created_conversation_can_be_joined_and_is_listed_first(
    cast: Cast, server_url: str
) -> None:
    with Client().open(server_url, cast.olive.token) as olive:
        ack = olive.ask("create", {"title": "  Tea  ", "model": "demo"})
        joined = olive.ask("join", {"conversation": ack["conversation"], "after": 0})
        [first, *_] = olive.ask("conversations")["conversations"]

    assert first["conversation"] == ack["conversation"]
    assert (joined["title"], joined["members"], joined["position"]) == ("Tea", ["Olive"], 0)
