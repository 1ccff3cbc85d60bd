"""Who is in the demo. Olive's colleague Max is in most of what she began; Eve is on her own."""

from __future__ import annotations

from typing import NamedTuple

from app.models import User
from app.models.password import hash_password

PASSWORD = "read-along"


class Person(NamedTuple):
    """Somebody who can sign in with the demo's password."""

    email: str
    name: str

    def as_user(self) -> User:
        """Return a new row; hashing the password takes a while."""
        return User(email=self.email, name=self.name, password_hash=hash_password(PASSWORD))


OLIVE = Person("olive@example.com", "Olive")
MAX = Person("max@example.com", "Max")
EVE = Person("eve@example.com", "Eve")
PEOPLE = {person.name: person for person in (OLIVE, MAX, EVE)}
