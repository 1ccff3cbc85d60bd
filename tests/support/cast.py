"""The people of the tests: owner Olive, member Max, outsider Eve, and Rex, a removed member."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from argon2 import PasswordHasher

from app.database import write
from app.extensions import db
from app.models import ApiToken, User

PASSWORD = "correct horse battery"
WEAK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass(frozen=True, slots=True)
class Person:
    """One of the cast, with an API token; all have the same password."""

    name: str
    token: str

    @property
    def email(self) -> str:
        return f"{self.name.lower()}@example.org"


@dataclass(frozen=True, slots=True)
class Cast:
    """All four."""

    olive: Person
    max: Person
    eve: Person
    rex: Person


def create_cast(hashed: Callable[[str], str] = WEAK.hash) -> Cast:
    """Create the cast in the current app's database, each with an API token named `tests`.

    Their password is hashed weakly, for speed; a test of sign-in times passes the app's own hash.
    """
    stored = hashed(PASSWORD)
    return Cast(
        *write(lambda: [make_person(name, stored) for name in ("Olive", "Max", "Eve", "Rex")])
    )


def make_person(name: str, password_hash: str) -> Person:
    """Add somebody with an API token, in the caller's transaction."""
    user = User(email=Person(name, "").email, name=name, password_hash=password_hash)
    db.session.add(user)
    db.session.flush()
    return Person(name, ApiToken.create(user, "tests"))
