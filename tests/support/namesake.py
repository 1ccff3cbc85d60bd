"""Somebody else of the same name."""

from __future__ import annotations

from app.extensions import db
from app.models import ApiToken, Conversation, User
from tests.support.cast import Person
from tests.support.database import Database


def namesake(database: Database, person: Person, where: str) -> Person:
    """Make another person of this name, a member of a conversation, and a token for them."""
    return Person(person.name, database.write(lambda: _make(person, where)))


def _make(person: Person, where: str) -> str:
    twin = User(email=f"other-{where}@example.org", name=person.name, password_hash="")
    db.session.add(twin)
    db.session.flush()
    db.session.scalars(db.select(Conversation).filter_by(public_id=where)).one().add_member(twin.id)
    return ApiToken.create(twin, "tests")
