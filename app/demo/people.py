"""Who is in the demo. Olive's colleague Max is in most of what she began; Eve is on her own, and
Tally is a program that asks about the week's numbers."""

from __future__ import annotations

from typing import NamedTuple

from app.auth.passwords import hash_password
from app.models import User

PASSWORD = "read-along"


class Person(NamedTuple):
    """Somebody who can sign in with the demo's password, or a bot, which can't."""

    email: str
    name: str
    is_bot: bool = False

    def as_user(self) -> User:
        """Return a new row; hashing the password takes a while."""
        if self.is_bot:
            return User.bot(self.email, self.name)
        return User(email=self.email, name=self.name, password_hash=hash_password(PASSWORD))


OLIVE = Person("olive@example.com", "Olive")
MAX = Person("max@example.com", "Max")
EVE = Person("eve@example.com", "Eve")
TALLY = Person("tally@example.com", "Tally", is_bot=True)
PEOPLE = {person.name: person for person in (OLIVE, MAX, EVE)}
EVERYBODY = {**PEOPLE, TALLY.name: TALLY}
