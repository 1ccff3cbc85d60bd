"""Deleting a person: nothing says who it was, what they have written stays, and somebody else owns
what others read."""

from __future__ import annotations

import pytest

from app.errors import Conflict, NotFound
from app.extensions import db
from app.models import ApiToken, Assistant, Conversation, Membership, SignIn, User, deleting
from app.models.deleting import CONVERSATIONS_AT_ONCE, delete_person, leaving
from app.models.notification_settings import NotificationSettings
from app.models.rights import MemberRole
from app.models.user import members_of
from app.server.sweeping import sweep_people
from app.sockets.control_events import ControlEventHandler
from tests.support.cast import Cast, Person
from tests.support.harness import Harness


def people(harness: Harness, conversation: str) -> list[tuple[str, str]]:
    """Return the names and roles of a conversation's members, the owner first."""
    key = harness.key(conversation)
    found = harness.database.read(lambda: members_of([key])[key])
    return [(each.name, each.role) for each in found]


def is_deleted(harness: Harness, conversation: str) -> bool:
    found = db.select(Conversation.deleted_at).filter_by(public_id=conversation)
    return harness.database.read(lambda: db.session.scalar(found)) is not None


def account(harness: Harness, key: int) -> tuple[str, str, str]:
    """Return an account's address, name and hash of the password."""
    found = db.select(User.email, User.name, User.password_hash).where(User.id == key)
    return harness.database.read(lambda: tuple(db.session.execute(found).one()))


def make_admin(harness: Harness, *persons: Person) -> None:
    for key in map(harness.user, persons):
        harness.database.write(lambda key=key: db.session.get_one(User, key).set_admin(True))


def test_what_says_who_it_was_goes_and_what_was_written_stays(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    max_, reader = harness.user(cast.max), harness.reader(cast.olive, conversation)
    own, process = harness.reader(cast.max), ControlEventHandler()
    process.handle_new()
    harness.answered(conversation, cast.max)
    sign_in = harness.database.write(lambda: SignIn.begin(max_))
    harness.database.write(lambda: NotificationSettings.of(max_))
    harness.database.write(lambda: Assistant.add(max_, name="Clerk") and None)
    assert SignIn.find(sign_in) and ApiToken.find(cast.max.token)

    delete_person(max_)

    assert SignIn.find(sign_in) is None and ApiToken.find(cast.max.token) is None
    assert account(harness, max_) == (f"deleted-{max_}", "", "")
    columns = (SignIn.user_id, ApiToken.user_id, NotificationSettings.user_id, Assistant.owner_id)
    for column in columns:
        theirs = db.select(column).where(column == max_)
        assert harness.database.read(lambda found=theirs: db.session.scalar(found)) is None
    assert people(harness, conversation) == [("Olive", "owner")]
    question, _ = harness.database.messages(conversation)
    assert question.content == "And?"
    process.handle_new()
    assert not own.is_connected and reader.is_connected
    assert "rejoin" in reader.names()
    reader.join(conversation, after=0, revision=0)
    asked = next(data for name, data in reader.received() if name == "message")
    assert asked["author"] == "Former member"


def test_the_address_can_be_used_again_but_not_the_account(harness: Harness, cast: Cast) -> None:
    max_ = harness.user(cast.max)
    delete_person(max_)
    with pytest.raises(NotFound):
        delete_person(max_)
    with pytest.raises(NotFound):
        delete_person(10_000)
    harness.database.write(
        lambda: db.session.add(User(email=cast.max.email, name="Max II", password_hash=""))
    )
    assert harness.user(cast.max) != max_
    disabled = db.select(User.disabled_at).filter_by(email=f"deleted-{max_}")
    assert harness.database.read(lambda: db.session.scalar(disabled)), "nobody signs in with it"


def test_conversations_go_to_who_may_write_for_longest_and_else_are_deleted(
    harness: Harness, cast: Cast
) -> None:
    database = harness.database
    alone, with_bot = (
        database.conversation(cast.olive),
        database.conversation(cast.olive, database.bot()),
    )
    with_reader = database.conversation(cast.olive, cast.rex)
    database.change_role(with_reader, cast.rex, MemberRole.READER)
    with_writer = database.conversation(cast.olive, cast.rex, cast.max, cast.eve)
    database.change_role(with_writer, cast.rex, MemberRole.READER)
    with_disabled = database.conversation(cast.olive, cast.eve, cast.rex)
    eve = harness.user(cast.eve)
    database.write(lambda: db.session.get_one(User, eve).disable())
    joined = database.conversation(cast.max, cast.olive)
    gone = database.conversation(cast.olive, cast.max)
    key = harness.key(gone)
    database.write(lambda: db.session.get_one(Conversation, key).delete())

    delete_person(harness.user(cast.olive))

    assert is_deleted(harness, alone) and is_deleted(harness, with_bot)
    assert people(harness, with_reader) == [("Rex", "owner")]
    assert people(harness, with_writer) == [("Max", "owner"), ("Rex", "reader"), ("Eve", "member")]
    assert people(harness, with_disabled) == [("Rex", "owner"), ("Eve", "member")]
    assert people(harness, joined) == [("Max", "owner")]
    assert people(harness, gone) == [("Max", "member")]


def test_what_a_process_has_not_done_before_its_end_another_one_does(
    harness: Harness, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(CONVERSATIONS_AT_ONCE + 1):
        last = harness.database.conversation(cast.olive, cast.max)
    olive = harness.user(cast.olive)
    with monkeypatch.context() as patch:
        patch.setattr(deleting, "leave_all", lambda _: None)
        delete_person(olive)
    assert people(harness, last) == [("", "owner"), ("Max", "member")]
    assert harness.database.read(leaving) == [olive]
    sweep_people()
    assert people(harness, last) == [("Max", "owner")]
    assert harness.database.read(leaving) == []
    left = db.select(Membership.id).where(Membership.user_id == olive)
    assert harness.database.read(lambda: db.session.scalars(left).all()) == []


def test_the_last_administrator_stays(harness: Harness, cast: Cast) -> None:
    olive, max_ = harness.user(cast.olive), harness.user(cast.max)
    make_admin(harness, cast.olive, cast.max)
    delete_person(max_)
    with pytest.raises(Conflict, match="last administrator"):
        delete_person(olive)
    assert account(harness, olive)[1] == "Olive"
    delete_person(harness.user(cast.eve))


def test_without_any_account_left_there_can_be_a_first_one(harness: Harness, cast: Cast) -> None:
    for person in (cast.olive, cast.max, cast.eve, cast.rex):
        assert harness.database.read(User.exists)
        delete_person(harness.user(person))
    assert not harness.database.read(User.exists)
