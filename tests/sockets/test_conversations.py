"""`create` and `conversations`."""

from __future__ import annotations

from tests.support.cast import Cast
from tests.support.harness import Harness


def test_the_creator_is_a_member_of_the_new_conversation(harness: Harness, cast: Cast) -> None:
    eve = harness.reader(cast.eve)
    created = eve.ask("create", {"title": "  Boats ", "model": "other"})
    ack = eve.join(created["conversation"])
    assert (ack["title"], ack["members"]) == ("Boats", ["Eve"])
    [listed] = eve.ask("conversations")["conversations"]
    assert listed["conversation"] == created["conversation"]


def test_a_conversation_can_be_created_without_fields(harness: Harness, cast: Cast) -> None:
    eve = harness.reader(cast.eve)
    created = eve.ask("create")["conversation"]
    assert eve.join(created)["title"] == "New conversation"


def test_only_own_conversations_are_listed(harness: Harness, cast: Cast, conversation: str) -> None:
    for member in (cast.olive, cast.max):
        [listed] = harness.reader(member).ask("conversations")["conversations"]
        assert listed["conversation"] == conversation
    for stranger in (cast.eve, cast.rex):
        ack = harness.reader(stranger).ask("conversations")
        assert ack == {"ok": True, "conversations": []}


def test_the_list_continues_after_its_page_token(harness: Harness, cast: Cast) -> None:
    made = [harness.database.conversation(cast.max, title=f"No. {n}") for n in range(51)]
    max = harness.reader(cast.max)
    first = max.ask("conversations")
    second = max.ask("conversations", {"before": first["next"]})
    listed = [each["conversation"] for each in first["conversations"] + second["conversations"]]
    assert len(first["conversations"]) == 50
    assert listed == made[::-1]
    assert "next" not in second
