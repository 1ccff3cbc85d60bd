"""`flask seed demo`, run more than once."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.demo.inventing import written_size
from app.demo.people import PASSWORD
from app.extensions import db
from app.models import Message, User
from tests.commands.conftest import Run
from tests.commands.expecting import count

DEMO = ("seed", "demo")


def everything() -> list[tuple[object, ...]]:
    """Return every row that a demo makes, but for the passwords' salted hashes."""
    tables = [db.metadata.tables[name] for name in ("conversation", "membership", "message")]
    rows = [tuple(row) for table in tables for row in db.session.execute(select(table))]
    return rows + [tuple(row) for row in db.session.execute(select(User.id, User.email, User.name))]


def test_is_the_same_every_time(run: Run) -> None:
    run(*DEMO, "--size", "200")
    first = everything()
    db.drop_all()
    db.create_all()
    run(*DEMO, "--size", "200")
    assert everything() == first


def test_another_seed_makes_others_beside_them(run: Run) -> None:
    run(*DEMO, "--size", "100")
    run(*DEMO, "--size", "100", "--seed", "2")
    assert count(Message) == 200
    assert count(User) == 4


@pytest.mark.parametrize("options", [(), ("--size", "150")], ids=str)
def test_twice_is_once(run: Run, options: tuple[str, ...]) -> None:
    run(*DEMO, *options)
    before = everything()
    again = run(*DEMO, *options)
    assert again.exit_code == 0
    assert everything() == before
    assert PASSWORD in again.stdout


def test_a_larger_one_keeps_what_was_there(run: Run) -> None:
    run(*DEMO, "--size", str(written_size()))
    before = set(everything())
    run(*DEMO, "--size", "200")
    assert before < set(everything())
    assert count(Message) == 200
