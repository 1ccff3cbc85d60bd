"""What the tests of the commands ask again and again."""

from __future__ import annotations

from click.testing import Result
from sqlalchemy import func, select

from app.extensions import db
from app.models import ControlEvent, Membership, User


def refused(result: Result, *words: str) -> bool:
    """Say whether a command ended with one sentence that has these words, and with code 2."""
    assert all(word in result.stderr for word in words), result.stderr
    *_, sentence = result.stderr.strip().splitlines()
    return (
        result.exit_code == 2
        and result.stdout == ""
        and sentence.startswith("Error: ")
        and sentence.endswith(".")
        and "Traceback" not in result.stderr
    )


def count(model: type) -> int:
    """Return how many rows there are."""
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def members_of(public_id: str) -> list[tuple[str, bool]]:
    """Return the names of a conversation's members and who owns it, in the order they came."""
    conversation = db.metadata.tables["conversation"].c
    found = db.session.execute(
        select(User.name, Membership.is_owner)
        .join(Membership, Membership.user_id == User.id)
        .join_from(Membership, db.metadata.tables["conversation"])
        .where(conversation.public_id == public_id)
        .order_by(Membership.id)
    )
    return [tuple(row) for row in found]


def notices() -> list[tuple[str, str]]:
    """Return what the servers are told to do, and with the sockets of which room."""
    return [(row.kind, row.room) for row in db.session.execute(ControlEvent.recent())]
