"""The database as a test reads and changes it: directly, not through the server."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from flask import Flask
from sqlalchemy import func, select, update

from app import commands, create_app
from app.config import Config
from app.database import read, write
from app.extensions import db
from app.models import ApiToken, Conversation, Message, SignIn, User
from app.models.columns import now
from app.models.log import Entry, read_log
from app.models.rights import MemberRole
from app.views.confirming import FRESH
from tests.support.cast import PASSWORD, WEAK, Person, make_person

T = TypeVar("T")


class Stored(NamedTuple):
    """A message in the database; while it streams, with the text of its log."""

    id: str
    role: str
    status: str
    seq: int
    content: str
    thinking: str
    error: str | None
    note: str | None = None
    model: str | None = None


class Database:
    """The database of one app. Its methods return plain values, no rows."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    @classmethod
    def at(cls, database_url: str) -> Database:
        """Return the database at an address; its app has the `flask` commands."""
        config = Config("a key for tests", database_url=database_url, models=("demo",))
        app = create_app(config)
        commands.register(app)
        return cls(app)

    def close(self) -> None:
        """Close the connections to it."""
        with self.app.app_context():
            db.engine.dispose()

    def read(self, work: Callable[[], T]) -> T:
        """Run `work` in a transaction that only reads."""
        with self.app.app_context():
            return read(work)

    def write(self, work: Callable[[], T]) -> T:
        """Run `work` in a transaction that writes."""
        with self.app.app_context():
            return write(work)

    def conversation(
        self, owner: Person, *members: Person, title: str = "Tests", model: str = "demo"
    ) -> str:
        """Create a conversation and return its id."""
        return self.write(lambda: _begin(owner, members, title, model))

    def person(self, name: str) -> Person:
        """Create somebody whose list has none of other tests' conversations."""
        return self.write(lambda: make_person(name, WEAK.hash(PASSWORD)))

    def age_sign_ins(self, *people: Person) -> None:
        """Let these people, or all, have signed in so long ago that a change takes a proof."""
        old = update(SignIn).values(created_at=now() - FRESH)
        if people:
            emails = [person.email for person in people]
            old = old.where(SignIn.user_id.in_(select(User.id).where(User.email.in_(emails))))
        self.write(lambda: db.session.execute(old))

    def bot(self, name: str = "Tally") -> Person:
        """Create a bot with an API token."""
        return Person(name, self.write(lambda: _bot(name)))

    def same_name(self, person: Person, conversation: str) -> Person:
        """Create another user with this person's name, a member of a conversation."""
        return Person(person.name, self.write(lambda: _same_name(person.name, conversation)))

    def remove_member(self, conversation: str, person: Person) -> None:
        """Remove a member."""
        self.write(lambda: _conversation(conversation).remove_member(_user(person).id))

    def add_member(
        self, conversation: str, person: Person, role: MemberRole = MemberRole.MEMBER
    ) -> None:
        """Add a member."""
        self.write(lambda: _conversation(conversation).add_member(_user(person).id, role))

    def change_role(self, conversation: str, person: Person, role: MemberRole) -> None:
        """Give a member another role."""
        self.write(lambda: _conversation(conversation).change_role(_user(person).id, role))

    def message(self, message_id: str) -> Stored:
        """Return a message; AssertionError where there is none."""
        return self.read(lambda: _stored(_message(message_id)))

    def messages(self, conversation: str) -> list[Stored]:
        """Return all messages of a conversation, in order."""
        return self.read(lambda: [_stored(message) for message in _in_order(conversation)])

    def html(self, message_id: str) -> str | None:
        """Return the rendered text stored with a message, if there is any."""
        return self.read(lambda: _message(message_id).content_html)

    def entries(self, message_id: str) -> int:
        """Return how many entries the log of a message has."""
        return self.read(lambda: _count_entries(_message(message_id)))


def _begin(owner: Person, members: tuple[Person, ...], title: str, model: str) -> str:
    public_id = Conversation.start(_user(owner).id, title, model).public_id
    for member in members:
        _conversation(public_id).add_member(_user(member).id)
    return public_id


def _bot(name: str) -> str:
    user = User.bot(Person(name, "").email, name)
    db.session.add(user)
    db.session.flush()
    return ApiToken.create(user, "tests")


def _same_name(name: str, conversation: str) -> str:
    user = User(email=f"other-{conversation}@example.org", name=name, password_hash="")
    db.session.add(user)
    db.session.flush()
    _conversation(conversation).add_member(user.id)
    return ApiToken.create(user, "tests")


def _user(person: Person) -> User:
    user = User.by_email(person.email)
    assert user is not None
    return user


def _conversation(public_id: str) -> Conversation:
    return db.session.scalars(select(Conversation).filter_by(public_id=public_id)).one()


def _message(public_id: str) -> Message:
    return db.session.scalars(select(Message).filter_by(public_id=public_id)).one()


def _in_order(conversation: str) -> list[Message]:
    found = Message.of(_conversation(conversation)).order_by(Message.position)
    return list(db.session.scalars(found))


def _count_entries(message: Message) -> int:
    found = select(func.count()).where(Entry.message_id == message.id)
    return db.session.scalar(found) or 0


def _stored(message: Message) -> Stored:
    log = read_log(message.id) if message.is_streaming else None
    return Stored(
        id=message.public_id,
        role=message.role,
        status=message.status,
        seq=log.seq if log else message.seq,
        content=log.content if log else message.content,
        thinking=log.thinking if log else message.thinking,
        error=message.error,
        note=message.note,
        model=message.model,
    )
