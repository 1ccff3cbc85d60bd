"""Share links, and strangers who follow what they show by the protocol's rule."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app.extensions import db
from app.models import Conversation, Share, User
from app.models.share import FoundShare
from midstream.rule import MessageLog, Outcome
from tests.support.cast import Person
from tests.support.database import Database
from tests.support.harness import Harness
from tests.support.socket import Socket

MAX_JOINS = 5  # of one reader until it is in step


def share(
    database: Database,
    conversation: str,
    maker: Person,
    lifetime: timedelta | None = None,
    **options: Any,
) -> str:
    """Make a share link; return its secret."""

    def work() -> str:
        here = db.session.scalars(db.select(Conversation).filter_by(public_id=conversation)).one()
        user = db.session.scalars(db.select(User).filter_by(email=maker.email)).one()
        return Share.create(here, user.id, lifetime, **options)

    return database.write(work)


def found(database: Database, secret: str) -> FoundShare:
    """Return what a secret stands for."""
    share = database.read(lambda: Share.find(secret))
    assert share is not None, "precondition: the link can be used"
    return share


def revoke(database: Database, secret: str) -> None:
    """Revoke a share link."""
    key = found(database, secret).id
    database.write(lambda: db.session.get_one(Share, key).revoke())


class Stranger:
    """A socket with a share link, and the messages that its reader holds."""

    def __init__(self, harness: Harness, secret: str) -> None:
        self.socket = Socket(harness.app, share=secret)
        self.id = found(harness.database, secret).public_id
        self.log = MessageLog(self.id)
        self.received: list[tuple[str, dict[str, Any]]] = []
        self.acks: list[dict[str, Any]] = []

    def follow(self) -> Stranger:
        """Apply what has been received, and join as often as it takes to be in step."""
        for _ in range(MAX_JOINS):
            if not self._receive() and self.acks:
                return self
            self.join()
        raise AssertionError("it has to join again and again")

    def join(self) -> None:
        """Join once."""
        self.log.joining()
        ack = self.socket.ask("join", self.log.join_request())
        assert ack["ok"], ack
        self.acks.append(ack)
        must_join = self._receive()
        if ack.get("reload"):
            self.log.forget()
            self.join()
        else:
            self.log.joined(ack)
            assert not must_join or self.log.is_behind

    def _receive(self) -> bool:
        """Apply what has been received; return whether it has to join."""
        events = self.socket.received()
        self.received += events
        outcomes = [self.log.apply(event, data) for event, data in events]
        return self.log.is_behind or Outcome.REJOIN in outcomes
