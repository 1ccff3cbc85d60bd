"""Reactions: every reader sees them, and whoever was away learns of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import replies
from app.database import write
from app.errors import NotFound
from app.events.payloads import sender
from app.extensions import db
from app.models import Conversation, Status, reactions
from app.models.message import NOT_SHOWN
from app.models.rights import MemberRole
from app.providers import Text
from app.schemas import EMOJIS
from tests.support.cast import Cast
from tests.support.harness import Harness
from tests.support.socket import Socket

THUMB, HEART = EMOJIS[0], EMOJIS[2]


def who(harness: Harness, conversation: str, *people: Any) -> list[str]:
    return [sender(conversation, harness.user(person)) for person in people]


def react(socket: Socket, message: str, emoji: str = THUMB, **more: Any) -> dict[str, Any]:
    return socket.ask("react", {"id": message, "emoji": emoji, **more})


def test_a_reaction_reaches_every_reader_whole(
    harness: Harness, cast: Cast, conversation: str, answer: str, max: Socket
) -> None:
    rita = harness.database.bot("Rita")
    harness.database.add_member(conversation, rita, MemberRole.READER)
    olive, reader = (harness.reader(each, conversation) for each in (cast.olive, rita))
    max.received()
    assert react(max, answer) == {"ok": True}
    assert react(reader, answer) == {"ok": True}
    assert react(olive, answer, HEART) == {"ok": True}
    assert react(max, answer, on=False) == {"ok": True}
    events = max.received()
    assert [name for name, _data in events] == ["reactions"] * 4
    assert [data["reacted"] for _name, data in events] == [1, 2, 3, 4]
    _, last = events[-1]
    assert (last["id"], last["reactions"]) == (
        answer,
        [
            {"emoji": THUMB, "people": who(harness, conversation, rita)},
            {"emoji": HEART, "people": who(harness, conversation, cast.olive)},
        ],
    )
    assert olive.received() == events == reader.received()


def test_what_is_so_already_changes_nothing(
    harness: Harness, answer: str, max: Socket, conversation: str
) -> None:
    assert react(max, answer, on=False)["ok"]
    assert react(max, answer)["ok"]
    max.received()
    assert react(max, answer)["ok"]
    assert max.received() == []
    assert max.join(conversation)["reacted"] == 1


def test_a_joiner_gets_the_reactions_with_the_messages(
    harness: Harness, cast: Cast, conversation: str, answer: str, max: Socket
) -> None:
    react(max, answer)
    olive = harness.reader(cast.olive)
    ack = olive.join(conversation, after=0)
    (_, question), (_, message) = olive.received()
    assert ack["reacted"] == message["reacted"] == 1
    assert message["reactions"] == [
        {"emoji": THUMB, "people": who(harness, conversation, cast.max)}
    ]
    assert "reactions" not in question


def test_whoever_was_away_asks_for_what_has_changed(
    harness: Harness, cast: Cast, conversation: str, answer: str, max: Socket
) -> None:
    question = harness.database.messages(conversation)[0].id
    react(max, answer)
    react(max, question)
    react(max, answer, on=False)
    olive = harness.reader(cast.olive, conversation)
    ack = olive.ask("reacted", {"conversation": conversation, "after": 1})
    assert [(each["id"], each["reacted"]) for each in ack["reactions"]] == [
        (question, 2),
        (answer, 3),
    ]
    assert ack["reactions"][1]["reactions"] == [] and ack["more"] is False
    later = olive.ask("reacted", {"conversation": conversation, "after": 3})
    assert later == {"ok": True, "reactions": [], "more": False}


def test_many_changes_are_told_in_parts(
    harness: Harness,
    cast: Cast,
    conversation: str,
    max: Socket,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reactions, "STATES_AT_ONCE", 2)
    monkeypatch.setattr("app.replies.reacting.STATES_AT_ONCE", 2)
    for _ in range(2):
        harness.answered(conversation, cast.olive, Text("Yes."))
    ids = [message.id for message in harness.database.messages(conversation)][:3]
    for each in ids:
        react(max, each)
    first = max.ask("reacted", {"conversation": conversation})
    assert ([each["id"] for each in first["reactions"]], first["more"]) == (ids[:2], True)
    after = first["reactions"][-1]["reacted"]
    rest = max.ask("reacted", {"conversation": conversation, "after": after})
    assert ([each["id"] for each in rest["reactions"]], rest["more"]) == (ids[2:], False)


def test_reactions_stay_with_their_version(
    harness: Harness, conversation: str, answer: str, max: Socket
) -> None:
    react(max, answer)
    reply = max.ask("retry", {"id": answer})["reply"]
    harness.later.clear()
    refused = react(max, answer)
    assert (refused["error"], refused["message"]) == ("conflict", NOT_SHOWN)
    assert max.ask("reacted", {"conversation": conversation})["reactions"] == []
    max.ask("stop", {"id": reply})
    max.received()
    max.ask("choose", {"id": reply, "version": 1})
    (shown,) = (data for name, data in max.received() if name == "message")
    assert [each["emoji"] for each in shown["reactions"]] == [THUMB]
    assert shown["id"] != answer and shown["reacted"] == 1


def test_a_streaming_answer_has_reactions_that_its_end_keeps(
    harness: Harness, cast: Cast, conversation: str, max: Socket
) -> None:
    streaming = harness.begin(conversation, cast.olive)
    assert react(max, streaming.public_id)["ok"]
    streaming.end(Status.COMPLETE)
    harness.flush()
    olive = harness.reader(cast.olive)
    olive.join(conversation, after=0)
    assert olive.received()[-1][1]["reacted"] == 1


@pytest.mark.parametrize(
    ("payload", "error"),
    [
        ({"emoji": ""}, "invalid"),
        ({"emoji": "x"}, "invalid"),
        ({"emoji": THUMB * 2}, "invalid"),
        ({"emoji": THUMB * 1000}, "invalid"),
        ({"emoji": None}, "invalid"),
        ({}, "invalid"),
        ({"emoji": THUMB, "on": "yes"}, "invalid"),
        ({"emoji": THUMB, "id": "0" * 32}, "not_found"),
        ({"emoji": THUMB, "id": "x"}, "not_found"),
    ],
)
def test_bad_reactions_are_refused(
    answer: str, max: Socket, payload: dict[str, Any], error: str
) -> None:
    max.received()
    assert max.ask("react", {"id": answer, **payload})["error"] == error
    assert max.received() == []


def test_somebody_elses_message_and_one_that_is_gone_look_the_same(
    harness: Harness, cast: Cast, answer: str, conversation: str
) -> None:
    eve = harness.reader(cast.eve)
    assert react(eve, answer)["error"] == "not_found"
    assert eve.ask("reacted", {"conversation": conversation})["error"] == "not_found"
    harness.database.remove_member(conversation, cast.max)
    assert react(harness.reader(cast.max), answer)["error"] == "not_found"


def test_a_message_has_only_so_many(
    harness: Harness, answer: str, max: Socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reactions, "MAX_REACTIONS", 2)
    assert [react(max, answer, emoji).get("error") for emoji in EMOJIS[:3]] == [
        *(None, None),
        "conflict",
    ]
    react(max, answer, EMOJIS[0], on=False)
    assert react(max, answer, EMOJIS[2])["ok"]


CHANGES = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(EMOJIS[:3]), st.booleans()), max_size=12
)


@settings(max_examples=15, deadline=None)
@given(changes=CHANGES)
def test_any_order_leads_to_what_each_person_did_last(changes: list[tuple[int, str, bool]]) -> None:
    people: dict[tuple[int, str], bool] = {}
    shown: Mapping[str, Sequence[int]] = {}
    for person, emoji, on in changes:
        people[person, emoji] = on
        changed = reactions.changed(shown, person, emoji, on=on)
        assert (changed is None) == (on == (person in shown.get(emoji, ())))
        shown = shown if changed is None else changed
    found = {(person, emoji) for emoji, those in shown.items() for person in those}
    assert found == {each for each, on in people.items() if on}
    assert all(shown.values())


def test_a_message_that_goes_meanwhile_is_not_found(
    harness: Harness, answer: str, conversation: str
) -> None:
    with pytest.raises(NotFound):
        replies.react(10**6, 1, THUMB, on=True)
    key = harness.key(conversation)
    write(lambda: db.session.get_one(Conversation, key).delete())
    with pytest.raises(NotFound):
        replies.reacted_since(conversation, 0)
