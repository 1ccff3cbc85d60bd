"""A conversation's members, positions and revision, and when it counts as unused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.exc import IntegrityError

from app.errors import Forbidden, NotFound
from app.extensions import db
from app.models import ControlEvent, Conversation, Membership, Message, SearchText, versions
from app.models.control_event import Kind
from app.models.message import Role
from app.models.rights import Action
from app.models.user import members_of
from tests.models.conftest import Transact
from tests.support.cast import Cast
from tests.support.harness import Harness


def control_events(harness: Harness, conversation: str) -> list[str]:
    """Return and delete the kinds of the control events about a conversation."""

    def work() -> list[str]:
        rows = db.session.execute(ControlEvent.after()).all()
        assert all(row.room.endswith(conversation) for row in rows)
        db.session.execute(db.delete(ControlEvent))
        return [row.kind for row in rows]

    return harness.database.write(work)


def test_members_are_listed_in_order_of_joining(transact: Transact) -> None:
    assert transact(lambda c: [member.name for member in members_of([c.id])[c.id]]) == [
        "Olive",
        "Max",
    ]


def test_only_the_first_member_is_the_owner(harness: Harness, conversation: str) -> None:
    key = harness.key(conversation)
    found = db.select(Membership.is_owner).filter_by(conversation_id=key).order_by(Membership.id)
    assert harness.database.read(lambda: list(db.session.scalars(found))) == [True, False]


def test_a_member_can_not_be_added_twice(harness: Harness, cast: Cast, transact: Transact) -> None:
    with pytest.raises(IntegrityError):
        transact(lambda c: c.add_member(harness.user(cast.max)))


def test_adding_a_member_posts_a_control_event(
    harness: Harness, cast: Cast, conversation: str, transact: Transact
) -> None:
    control_events(harness, conversation)
    eve = harness.user(cast.eve)
    transact(lambda c: c.add_member(eve))
    assert control_events(harness, conversation) == [Kind.DESCRIBE]
    assert transact(lambda c: c.has_member(eve))


def test_removing_a_member_makes_all_readers_rejoin(
    harness: Harness, cast: Cast, conversation: str, transact: Transact
) -> None:
    control_events(harness, conversation)
    max = harness.user(cast.max)
    assert transact(lambda c: c.has_member(max))
    transact(lambda c: c.remove_member(max))
    assert control_events(harness, conversation) == [Kind.REJOIN, Kind.DESCRIBE, Kind.UNLIST]
    assert not transact(lambda c: c.has_member(max))


def test_positions_increase_and_are_never_reused(transact: Transact) -> None:
    def say_and_unsay(conversation: Conversation) -> int:
        message = Message.add(conversation, Role.USER, "Hi", seq=1)
        versions.hide_from(conversation, message)
        return message.position

    assert [transact(say_and_unsay) for _ in range(3)] == [1, 2, 3]
    assert transact(lambda c: (c.position, c.revision)) == (3, 3)


def test_deleting_a_question_deletes_its_answer(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    harness.answered(conversation, cast.olive)
    question, _answer = harness.database.messages(conversation)
    key = harness.message_key(question.id)
    gone = db.delete(db.metadata.tables["message"]).filter_by(id=key)
    harness.database.write(lambda: db.session.execute(gone))
    assert harness.database.messages(conversation) == []


def test_a_question_stays_after_its_author_is_deleted(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    harness.ask(conversation, cast.max, "Remember me?")
    gone = db.delete(db.metadata.tables["user_account"]).filter_by(id=harness.user(cast.max))
    harness.database.write(lambda: db.session.execute(gone))

    olive = harness.reader(cast.olive)
    olive.join(conversation, after=0)

    question = olive.received()[0][1]
    assert (question["content"], question["author"]) == ("Remember me?", "Former member")


UNTITLED = "New conversation"


def unused(harness: Harness, cast: Cast) -> str | None:
    olive = harness.user(cast.olive)

    def find() -> str | None:
        found = Conversation.unused_by(olive, "demo")
        return found and found.public_id

    return harness.database.read(find)


def test_the_latest_unused_conversation_is_found(harness: Harness, cast: Cast) -> None:
    assert unused(harness, cast) is None
    harness.database.conversation(cast.olive, title=UNTITLED)
    latest = harness.database.conversation(cast.olive, title=UNTITLED)
    assert unused(harness, cast) == latest


def test_a_used_conversation_is_not_unused(harness: Harness, cast: Cast) -> None:
    asked = harness.database.conversation(cast.olive, title=UNTITLED)
    harness.ask(asked, cast.olive)
    harness.database.conversation(cast.olive, title="Somebody chose this")
    harness.database.conversation(cast.olive, cast.max, title=UNTITLED)
    harness.database.conversation(cast.max, title=UNTITLED)
    harness.database.conversation(cast.olive, title=UNTITLED, model="other")
    assert unused(harness, cast) is None


def test_a_conversation_owned_by_another_user_is_not_unused(harness: Harness, cast: Cast) -> None:
    theirs = harness.database.conversation(cast.max, cast.olive, title=UNTITLED)
    harness.database.remove_member(theirs, cast.max)
    assert unused(harness, cast) is None


def test_a_deleted_conversation_is_nobodys(
    harness: Harness, cast: Cast, conversation: str, transact: Transact
) -> None:
    olive = harness.user(cast.olive)
    control_events(harness, conversation)
    transact(lambda c: c.delete())
    assert control_events(harness, conversation) == [Kind.REJOIN, Kind.LIST]
    assert not transact(lambda c: c.has_member(olive))
    with pytest.raises(NotFound):
        transact(lambda c: c.member(olive))
    found = Conversation.by_public_id
    assert harness.database.read(lambda: found(conversation)) is None
    for stranger in (harness.user(cast.max), harness.user(cast.eve)):
        with pytest.raises(NotFound):
            transact(lambda c, user=stranger: c.restore(user))
    transact(lambda c: c.restore(olive))
    assert transact(lambda c: c.has_member(olive))
    with pytest.raises(NotFound):
        transact(lambda c: c.restore(olive))


def test_only_its_owner_may_rename_it(
    harness: Harness, cast: Cast, conversation: str, transact: Transact
) -> None:
    users = {person.name: harness.user(person) for person in (cast.olive, cast.max, cast.eve)}
    assert transact(lambda c: c.allow(users["Olive"], Action.RENAME) is c)
    with pytest.raises(Forbidden):
        transact(lambda c: c.allow(users["Max"], Action.RENAME))
    with pytest.raises(NotFound):
        transact(lambda c: c.allow(users["Eve"], Action.RENAME))


def test_two_titles_at_the_same_moment_leave_one_that_is_found(
    harness: Harness, conversation: str, transact: Transact
) -> None:
    before = transact(lambda c: c.version)
    with ThreadPoolExecutor(4) as pool:
        names = [f"No. {number}" for number in range(8)]
        list(pool.map(lambda name: transact(lambda c: c.lock() and c.rename(name)), names))
    assert transact(lambda c: (c.title in names, c.version - before)) == (True, len(names))
    titles = db.select(SearchText.folded).where(SearchText.message_id.is_(None))
    found = harness.database.read(lambda: db.session.scalars(titles).all())
    assert found == [transact(lambda c: c.title).casefold()]


def test_removing_somebody_who_is_no_member_changes_no_membership(
    harness: Harness, cast: Cast, conversation: str, transact: Transact
) -> None:
    transact(lambda c: c.remove_member(harness.user(cast.eve)))
    assert [member.name for member in transact(lambda c: members_of([c.id])[c.id])] == [
        "Olive",
        "Max",
    ]


def test_the_members_are_those_of_this_transaction(harness: Harness, cast: Cast) -> None:
    key, user = harness.key(harness.database.conversation(cast.olive)), harness.user(cast.max)

    def work() -> list[str]:
        db.session.add(Membership(conversation_id=key, user_id=user))
        return [member.name for member in members_of([key])[key]]

    assert harness.database.write(work) == ["Olive", "Max"]


def test_a_conversation_that_is_gone_since_it_was_looked_up_is_not_found(
    transact: Transact,
) -> None:
    with pytest.raises(NotFound):
        transact(lambda c: Conversation(id=c.id + 1).lock())


def test_a_membership_that_has_ended_since_it_was_looked_up_is_not_found(
    harness: Harness, cast: Cast, transact: Transact
) -> None:
    max_ = harness.user(cast.max)

    def lock_late(conversation: Conversation) -> None:
        membership = conversation.member(max_)
        ended = db.delete(Membership).where(Membership.id == membership.id)
        db.session.execute(ended, execution_options={"synchronize_session": False})
        membership.lock()

    with pytest.raises(NotFound):
        transact(lock_late)
