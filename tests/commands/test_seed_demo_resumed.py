"""`flask seed demo`, run several times."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.demo.conversations import size_of_stories
from app.demo.stories import PASSWORD
from app.extensions import db
from app.models import Conversation, Message, User
from app.models.message import Role
from tests.commands.conftest import Run
from tests.commands.expecting import count, members_of

DEMO = ("seed", "demo")


def everything() -> list[tuple[object, ...]]:
    """Return every row of a demo, without the salted password hashes."""
    tables = [db.metadata.tables[name] for name in ("conversation", "membership", "message")]
    rows = [tuple(map(str, row)) for table in tables for row in db.session.execute(select(table))]
    return rows + [tuple(row) for row in db.session.execute(select(User.id, User.email, User.name))]


def test_an_empty_database_gets_the_same_rows_every_time(run: Run) -> None:
    run(*DEMO, "--size", "200")
    first = everything()
    db.drop_all()
    db.create_all()
    run(*DEMO, "--size", "200")
    assert everything() == first


def test_another_seed_adds_other_conversations(run: Run) -> None:
    run(*DEMO, "--size", "100")
    run(*DEMO, "--size", "100", "--seed", "2")
    assert count(Message) == 200
    assert count(User) == 4


@pytest.mark.parametrize("options", [(), ("--size", "150")], ids=str)
def test_a_second_run_changes_nothing(run: Run, options: tuple[str, ...]) -> None:
    run(*DEMO, *options)
    before = everything()
    again = run(*DEMO, *options)
    assert again.exit_code == 0
    assert everything() == before
    assert PASSWORD in again.stdout


@pytest.mark.parametrize("first", [1, 3, 5, 37, 38])
def test_a_larger_demo_continues_where_a_smaller_one_ended(run: Run, first: int) -> None:
    run(*DEMO, "--size", "100")
    at_once = by_public_ids()
    db.drop_all()
    db.create_all()
    run(*DEMO, "--size", str(first))
    begun = count(Conversation)
    said = run(*DEMO, "--size", "100").stdout
    assert by_public_ids() == at_once
    assert f"{count(Conversation) - begun} conversations and {100 - first} messages" in said


def by_public_ids() -> dict[str, object]:
    """Return all messages and conversations, without the keys of their rows."""
    messages = db.session.scalars(select(Message)).all()
    names = ("position", "role", "author_id", "content", "thinking", "created_at", "ended_at")
    shown = {each.public_id: [getattr(each, name) for name in names] for each in messages}
    questions = {each.id: each.public_id for each in messages}
    answered = {each.public_id: questions.get(each.question_id or 0) for each in messages}
    conversations = {
        each.public_id: (each.title, each.position, each.updated_at, members_of(each.public_id))
        for each in db.session.scalars(select(Conversation))
    }
    return {"messages": shown, "answered": answered, "conversations": conversations}


@pytest.fixture
def cut(run: Run) -> Conversation:
    """The conversation that a small demo cuts short; only Max has asked in it."""
    run(*DEMO, "--size", "5")
    [last] = db.session.scalars(select(Conversation).order_by(Conversation.id.desc()).limit(1))
    assert members_of(last.public_id) == [("Max", True)]
    return last


def test_a_conversation_that_somebody_has_written_in_is_left_alone(
    run: Run, cut: Conversation
) -> None:
    Message.add(cut, Role.USER, "And then?", seq=1)
    db.session.commit()
    before = everything()
    run(*DEMO, "--size", "100")
    assert set(before) < set(everything())
    assert db.session.scalars(Message.of(cut)).all()[-1].content == "And then?"


def test_a_member_added_meanwhile_stays_one(run: Run, cut: Conversation) -> None:
    cut.add_member(user("olive").id)
    db.session.commit()
    run(*DEMO, "--size", "100")
    assert members_of(cut.public_id) == [("Max", True), ("Olive", False)]
    assert count(Message) == 100


def test_a_member_removed_meanwhile_stays_removed(run: Run, cut: Conversation) -> None:
    run(*DEMO, "--size", "7")  # Olive has asked, too
    cut.remove_member(user("olive").id)
    db.session.commit()
    run(*DEMO, "--size", "100")
    assert members_of(cut.public_id) == [("Max", True)]
    assert count(Message) == 100


def user(name: str) -> User:
    """Return one of the demo's people."""
    found = User.by_email(f"{name}@example.com")
    assert found is not None
    return found


def test_a_larger_demo_keeps_the_rows_of_a_smaller_one(run: Run) -> None:
    run(*DEMO, "--size", str(size_of_stories()))
    before = set(everything())
    run(*DEMO, "--size", "200")
    assert before < set(everything())
    assert count(Message) == 200
