"""Only members can read and write; for all others a conversation does not exist."""

from __future__ import annotations

from typing import Any

import pytest

from app import replies
from app.errors import Forbidden, NotFound
from app.extensions import db
from app.models import Conversation
from app.models.rights import MemberRole
from app.providers import Text
from app.replies import generation
from app.sockets.control_events import ControlEventHandler
from tests.support.cast import Cast
from tests.support.harness import Harness

OF_A_CONVERSATION = [
    ("join", {"after": 0}),
    ("send", {"content": "Let me in"}),
    ("history", {"before": 9}),
]


@pytest.mark.parametrize(("event", "more"), OF_A_CONVERSATION)
@pytest.mark.parametrize("who", ["eve", "rex"])
def test_a_conversation_of_others_is_not_found(
    harness: Harness, cast: Cast, conversation: str, event: str, more: dict[str, Any], who: str
) -> None:
    stranger = harness.reader(getattr(cast, who))
    foreign = stranger.ask(event, {"conversation": conversation, **more})
    missing = stranger.ask(event, {"conversation": "0" * 32, **more})
    assert foreign["error"] == "not_found"
    assert foreign == missing
    assert harness.reader(cast.max).ask(event, {"conversation": conversation, **more})["ok"]


@pytest.mark.parametrize("event", ["stop", "retry"])
@pytest.mark.parametrize("who", ["eve", "rex"])
def test_a_message_of_others_is_not_found(
    harness: Harness, cast: Cast, conversation: str, event: str, who: str
) -> None:
    answer = harness.begin(conversation, cast.olive)
    stranger = harness.reader(getattr(cast, who))
    foreign = stranger.ask(event, {"id": answer.public_id})
    assert foreign == stranger.ask(event, {"id": "0" * 32})
    assert foreign["error"] == "not_found"
    assert harness.database.message(answer.public_id).status == "streaming"


def test_a_refused_join_receives_nothing(harness: Harness, cast: Cast, conversation: str) -> None:
    answer = harness.begin(conversation, cast.olive)
    eve, max = harness.reader(cast.eve), harness.reader(cast.max, conversation)
    assert not eve.ask("join", {"conversation": conversation})["ok"]

    generation.add_event(answer, Text("a secret"))
    harness.flush()

    assert max.names() == ["chunk"], "precondition: Max receives it"
    assert eve.received() == []


def test_a_removed_member_receives_nothing_more_and_is_refused(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    answer = harness.begin(conversation, cast.olive)
    max, olive = harness.reader(cast.max, conversation), harness.reader(cast.olive, conversation)
    control_events = ControlEventHandler()
    control_events.handle_new()

    harness.database.remove_member(conversation, cast.max)
    control_events.handle_new()

    assert max.received() == [("rejoin", {"conversation": conversation})]
    assert ("rejoin", {"conversation": conversation}) in olive.received()
    assert max.ask("join", {"conversation": conversation})["error"] == "not_found"
    olive.join(conversation)
    generation.add_event(answer, Text("among us"))
    harness.flush()
    assert "chunk" in olive.names()
    assert max.received() == []


def test_members_are_notified_of_a_new_member(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    olive = harness.reader(cast.olive, conversation)
    control_events = ControlEventHandler()
    control_events.handle_new()
    eve, key = harness.user(cast.eve), harness.key(conversation)

    harness.database.write(lambda: db.session.get_one(Conversation, key).add_member(eve))
    control_events.handle_new()

    [(name, data)] = olive.received()
    assert name == "conversation"
    assert data["members"] == ["Olive", "Max", "Eve"]


def test_a_control_event_of_a_deleted_conversation_is_ignored(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    olive = harness.reader(cast.olive, conversation)
    control_events = ControlEventHandler()
    control_events.handle_new()
    eve, key = harness.user(cast.eve), harness.key(conversation)

    harness.database.write(lambda: db.session.get_one(Conversation, key).add_member(eve))
    harness.database.write(lambda: db.session.delete(db.session.get_one(Conversation, key)))
    control_events.handle_new()

    assert olive.received() == []


@pytest.mark.parametrize("name", ["a\0b", "' OR 1=1", "x"])
@pytest.mark.parametrize("event", ["join", "history", "stop"])
def test_an_impossible_id_is_not_found(harness: Harness, cast: Cast, event: str, name: str) -> None:
    payload = {"conversation": name, "id": name, "before": 1}
    assert harness.reader(cast.eve).ask_anything(event, payload)["error"] == "not_found"


def test_who_was_removed_or_only_reads_since_the_request_came_writes_nothing(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    """Each request is checked when it comes, and again in the transaction that stores it."""
    question = harness.answered(conversation, cast.max)
    harness.database.change_role(conversation, cast.max, MemberRole.READER)
    before = harness.database.messages(conversation)
    key, max_ = harness.key(conversation), harness.user(cast.max)
    with pytest.raises(Forbidden):
        harness.ask(conversation, cast.max)
    with pytest.raises(Forbidden):
        replies.edit(key, before[-2].id, max_, "And now?", None)
    harness.database.remove_member(conversation, cast.max)
    with pytest.raises(NotFound):
        harness.ask(conversation, cast.max)
    with pytest.raises(NotFound):
        replies.edit(key, before[-2].id, max_, "And now?", None)
    assert question and harness.database.messages(conversation) == before


def test_everybody_is_told_of_another_role_and_the_order_begins_with_the_owner(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    bot = harness.database.bot("Rita")
    harness.database.add_member(conversation, bot)
    max_ = harness.reader(cast.max, conversation)
    control_events = ControlEventHandler()
    control_events.handle_new()
    key, successor = harness.key(conversation), harness.user(cast.max)

    harness.database.change_role(conversation, bot, MemberRole.READER)
    harness.database.write(lambda: db.session.get_one(Conversation, key).hand_over(successor))
    control_events.handle_new()

    data = max_.received()[-1][1]
    assert data["members"] == ["Max", "Olive", "Rita"]
    assert [each["role"] for each in data["people"]] == ["owner", "member", "reader"]
    assert [each.get("bot") for each in data["people"]] == [None, None, True]
    assert len({each["sender"] for each in data["people"]}) == 3
