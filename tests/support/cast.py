"""Who appears in the tests: owner Olive, member Max, outsider Eve, removed Rex. And nobody."""

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
    """Everybody."""

    olive: Person
    max: Person
    eve: Person
    rex: Person


def create_cast(hashed: Callable[[str], str] = WEAK.hash) -> Cast:
    """Put the cast into the current app's database, each with a token named `tests`.

    Their password is hashed weakly, for speed, unless a test measures what a sign-in takes.
    """
    stored = hashed(PASSWORD)
    return Cast(*write(lambda: [_make(name, stored) for name in ("Olive", "Max", "Eve", "Rex")]))


def _make(name: str, password_hash: str) -> Person:
    user = User(email=Person(name, "").email, name=name, password_hash=password_hash)
    db.session.add(user)
    db.session.flush()
    return Person(name, ApiToken.create(user, "tests"))
