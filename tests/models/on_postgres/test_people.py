"""On PostgreSQL, too, the people of a conversation change one after the other."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from app import replies
from app.errors import DomainError
from app.extensions import db
from app.models import Conversation, Link, questions, reactions
from app.models.columns import is_public_id
from app.models.link import join_by_link
from app.models.rights import Action, MemberRole
from app.models.user import members_of
from app.schemas import EMOJIS
from tests.support.cast import Cast, Person
from tests.support.harness import Harness

pytestmark = pytest.mark.postgres


def at_once(harness: Harness, *changes: Callable[[], object]) -> int:
    """Make changes at the same moment; return how many were not refused."""

    def done(change: Callable[[], object]) -> bool:
        try:
            harness.database.write(change)
        except DomainError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        return sum(pool.map(done, changes))


def roles(harness: Harness, conversation: str) -> list[str]:
    key = harness.key(conversation)
    return [each.role for each in harness.database.read(lambda: members_of([key])[key])]


def test_no_more_get_in_by_a_link_than_are_allowed(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    key = harness.key(conversation)
    people = [harness.user(harness.database.bot(f"Guest {number}")) for number in range(8)]

    def make() -> str:
        here = db.session.get_one(Conversation, key)
        return Link.create_into(here, MemberRole.READER, timedelta(days=1), 3)

    secret = harness.database.write(make)
    joins = [lambda user=user: join_by_link(secret, user) for user in [*people, people[0]]]
    assert at_once(harness, *joins) in (3, 4)  # the first of them may come twice
    assert roles(harness, conversation).count("reader") == 3


def test_one_of_several_gets_a_conversation_that_is_handed_over_and_nobody_is_added_twice(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    harness.database.add_member(conversation, cast.rex)
    key = harness.key(conversation)
    olive, eve = harness.user(cast.olive), harness.user(cast.eve)

    def hand_over(to: Person) -> Callable[[], object]:
        user = harness.user(to)
        return lambda: here(key, olive).hand_over(user)

    assert at_once(harness, hand_over(cast.max), hand_over(cast.rex)) == 1
    assert sorted(roles(harness, conversation)) == ["member", "member", "owner"]
    assert at_once(harness, *[lambda: add(key, eve) for _ in range(4)]) == 4
    assert len(roles(harness, conversation)) == 4


def here(key: int, user_id: int) -> Conversation:
    return db.session.get_one(Conversation, key).allow(user_id, Action.MANAGE)


def add(key: int, user_id: int) -> None:
    conversation = db.session.get_one(Conversation, key).lock()
    if not conversation.has_member(user_id):
        conversation.add_member(user_id)


def test_all_that_people_do_with_a_message_at_once_is_kept(harness: Harness, cast: Cast) -> None:
    conversation = harness.database.conversation(cast.olive, cast.max)
    answer = harness.begin(conversation, cast.olive)
    harness.say(answer, "One, two")
    key = harness.message_key(answer.public_id)
    users = [harness.user(cast.olive), harness.user(cast.max)]
    replies.stop(key, users[0])
    here = harness.key(conversation)

    def react(user: int, emoji: str) -> Callable[[], object]:
        return lambda: reactions.react(
            db.session.get_one(Conversation, here), key, user, emoji, on=True
        )

    assert at_once(harness, *(react(user, emoji) for user in users for emoji in EMOJIS)) == 16
    go_on = [lambda: goes_on(here, answer.public_id, users[0])] * 4
    assert at_once(harness, *go_on) == 1
    *_, last = harness.database.messages(conversation)
    assert (last.content, last.status) == ("One, two", "streaming")
    replies.stop(harness.message_key(last.id), users[0])
    copy = replies.branch(harness.message_key(last.id), users[1])
    copied = harness.database.messages(copy)
    assert [each.content for each in copied] == ["And?", "One, two"]
    assert all(is_public_id(each.id) for each in copied)
    ack = harness.reader(cast.max).ask("reacted", {"conversation": conversation})
    assert ack["ok"] and ack["reactions"] == []  # that version is not shown


def goes_on(conversation: int, message: str, user: int) -> None:
    questions.go_on(db.session.get_one(Conversation, conversation), message, user)
