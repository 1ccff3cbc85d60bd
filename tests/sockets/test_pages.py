"""Beginning, listing and paging back through a socket."""

from __future__ import annotations

from app.extensions import db
from app.models import Conversation, Message
from app.models.message import Role
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
    assert harness.reader(cast.max).ask("conversations")["conversations"] != []
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


def test_history_pages_back_to_the_first_message(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    key = harness.key(conversation)

    def work() -> None:
        where = db.session.get_one(Conversation, key)
        for number in range(52):
            Message.add(where, Role.USER, str(number), seq=1)

    harness.database.write(work)
    max = harness.reader(cast.max)
    later = max.ask("history", {"conversation": conversation, "before": 53})
    earlier = max.ask("history", {"conversation": conversation, "before": 3})
    assert [m["content"] for m in later["messages"]] == list(map(str, range(2, 52)))
    assert [m["content"] for m in earlier["messages"]] == ["0", "1"]
    assert (later["more"], earlier["more"]) == (True, False)


def test_a_page_is_limited_in_bytes_not_characters(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    key = harness.key(conversation)

    def work() -> None:
        where = db.session.get_one(Conversation, key)
        for _ in range(9):
            Message.add(where, Role.USER, "ö" * 32_000, seq=1)  # 64,000 bytes

    harness.database.write(work)
    ack = harness.reader(cast.max).ask("history", {"conversation": conversation, "before": 100})
    assert [message["position"] for message in ack["messages"]] == [6, 7, 8, 9]
    assert ack["more"] is True
