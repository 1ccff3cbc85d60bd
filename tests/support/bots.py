"""A program in a conversation, beside the cast."""

from __future__ import annotations

from app.extensions import db
from app.models import ApiToken, User
from tests.support.cast import Person
from tests.support.database import Database


def bot(database: Database, name: str = "Tally") -> Person:
    """Make a bot of this name, and a token for it."""
    return Person(name, database.write(lambda: _make(name)))


def _make(name: str) -> str:
    user = User.bot(Person(name, "").email, name)
    db.session.add(user)
    db.session.flush()
    return ApiToken.create(user, "tests")
