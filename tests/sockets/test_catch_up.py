"""Which messages are sent to a reader that joins, and when it has to reload."""

from __future__ import annotations

import pytest

from app.events.payloads import sender
from app.extensions import db
from app.models import Conversation, Message
from app.models.message import Role
from app.models.paging import PAGE_BYTES, PAGE_MESSAGES
from app.providers import Text
from tests.support.cast import Cast
from tests.support.harness import Harness
from tests.support.socket import Socket


@pytest.fixture
def max(harness: Harness, cast: Cast) -> Socket:
    """Max's socket, which has not joined yet."""
    return harness.reader(cast.max)


def say(harness: Harness, conversation: str, *contents: str) -> None:
    """Add questions that are not answered."""

    def work() -> None:
        where = db.session.get_one(Conversation, key)
        for content in contents:
            Message.add(where, Role.USER, content, seq=1)

    key = harness.key(conversation)
    harness.database.write(work)


def positions(reader: Socket) -> list[int]:
    """Return the positions of the received messages."""
    return [data["position"] for name, data in reader.received() if name == "message"]


def test_without_after_no_messages_are_sent(
    harness: Harness, max: Socket, conversation: str
) -> None:
    say(harness, conversation, "a", "b")
    assert max.join(conversation)["position"] == 2
    assert max.received() == []


def test_messages_after_the_given_position_are_sent_in_order(
    harness: Harness, max: Socket, conversation: str
) -> None:
    say(harness, conversation, "a", "b", "c")
    ack = max.join(conversation, after=1)
    assert positions(max) == [2, 3]
    assert "reload" not in ack


def test_after_0_sends_the_last_page(harness: Harness, max: Socket, conversation: str) -> None:
    say(harness, conversation, *map(str, range(PAGE_MESSAGES + 2)))
    ack = max.join(conversation, after=0)
    assert positions(max) == list(range(3, PAGE_MESSAGES + 3))
    assert "reload" not in ack


def test_exactly_one_page_is_sent_without_reload(
    harness: Harness, max: Socket, conversation: str
) -> None:
    say(harness, conversation, *map(str, range(PAGE_MESSAGES + 1)))
    assert "reload" not in max.join(conversation, after=1)
    assert positions(max) == list(range(2, PAGE_MESSAGES + 2))


@pytest.mark.parametrize(
    "contents", [["x"] * (PAGE_MESSAGES + 1), ["x" * (PAGE_BYTES // 2), "y" * PAGE_BYTES]]
)
def test_a_reader_that_lacks_more_than_a_page_reloads_and_receives_live(
    harness: Harness, cast: Cast, max: Socket, conversation: str, contents: list[str]
) -> None:
    say(harness, conversation, "held", *contents)
    assert max.join(conversation, after=1)["reload"] is True
    assert max.received() == []

    harness.ask(conversation, cast.olive)
    assert max.names() == ["message", "message"]


def test_a_reader_that_holds_more_than_a_page_of_answers_reloads(
    harness: Harness, max: Socket, conversation: str
) -> None:
    say(harness, conversation, "x" * (PAGE_BYTES // 2), "y" * PAGE_BYTES)
    one, two = [message.id for message in harness.database.messages(conversation)]
    assert "reload" not in max.join(conversation, after=2, have={two: 0})
    assert [data["content"] for _, data in max.received()] == ["y" * PAGE_BYTES]
    assert max.join(conversation, after=2, have={one: 0, two: 0})["reload"] is True
    assert max.received() == []


def test_a_reader_that_missed_a_removal_reloads(
    harness: Harness, cast: Cast, max: Socket, conversation: str
) -> None:
    answer = harness.answered(conversation, cast.olive, Text("Hello"))
    before = max.join(conversation)["revision"]
    assert harness.reader(cast.olive).ask("retry", {"id": answer.public_id})["ok"]
    max.received()

    ack = max.join(conversation, after=2, revision=before, have={})

    assert (ack["reload"], ack["revision"]) == (True, before + 1)
    assert max.received() == []


def test_messages_in_have_that_are_not_in_the_conversation_are_removed(
    harness: Harness, cast: Cast, max: Socket, conversation: str
) -> None:
    elsewhere = harness.database.conversation(cast.max)
    foreign = harness.ask(elsewhere, cast.max)

    ack = max.join(conversation, have={"nothing": 3, foreign: 1, "a\0b": 1})

    expected = {"conversation": conversation, "ids": sorted(["nothing", foreign, "a\0b"])}
    assert max.received() == [("removed", {**expected, "revision": ack["revision"]})]


def test_the_join_ack_describes_the_conversation(
    harness: Harness, cast: Cast, max: Socket, conversation: str
) -> None:
    roles = {cast.olive: "owner", cast.max: "member"}
    version = harness.database.read(
        lambda: db.session.get_one(Conversation, harness.key(conversation)).version
    )
    assert max.join(conversation) == {
        "ok": True,
        "conversation": conversation,
        "title": "Tests",
        "members": ["Olive", "Max"],
        "people": [
            {"name": each.name, "sender": sender(conversation, harness.user(each)), "role": role}
            for each, role in roles.items()
        ],
        "position": 0,
        "revision": 0,
        "version": version,
    }


def test_a_message_event_has_all_its_fields(
    harness: Harness, cast: Cast, max: Socket, conversation: str
) -> None:
    answer = harness.answered(conversation, cast.olive, Text("Hello"))

    max.join(conversation, after=0)

    question, reply = [data for _name, data in max.received()]
    assert question["created_at"].endswith("Z")
    assert (question["role"], question["author"], question["seq"]) == ("user", "Olive", 1)
    assert "model" not in question
    assert (reply["id"], reply["role"], reply["model"]) == (answer.public_id, "assistant", "demo")
    assert (reply["since"], reply["seq"], reply["content"]) == (0, 1, "Hello")
    assert "author" not in reply
