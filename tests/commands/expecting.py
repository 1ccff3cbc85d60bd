"""Assertions and queries that the tests of the commands share."""

from __future__ import annotations

from click.testing import Result
from sqlalchemy import func, select

from app.extensions import db
from app.models import ControlEvent, Membership, User


def refused(result: Result, *words: str) -> bool:
    """Return whether a command failed with code 2 and one sentence that contains these words."""
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
    """Return the members' names and whether each is the owner, in the order they joined."""
    conversation = db.metadata.tables["conversation"].c
    found = db.session.execute(
        select(User.name, Membership.is_owner)
        .join(Membership, Membership.user_id == User.id)
        .join_from(Membership, db.metadata.tables["conversation"])
        .where(conversation.public_id == public_id)
        .order_by(Membership.id)
    )
    return [tuple(row) for row in found]


def control_events() -> list[tuple[str, str]]:
    """Return kind and room of each control event for the servers."""
    return [(row.kind, row.room) for row in db.session.execute(ControlEvent.after())]
