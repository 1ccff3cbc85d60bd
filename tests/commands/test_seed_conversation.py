"""`flask seed conversation`."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Conversation
from tests.commands.conftest import Run
from tests.commands.expecting import count, members_of, refused

pytestmark = pytest.mark.usefixtures("cast")

OLIVE = ("--member", "olive@example.com")
MAX = ("--member", "max@example.com")
BY_OLIVE = ("seed", "conversation", "Reading along", *OLIVE)


def test_prints_only_the_id(run: Run) -> None:
    result = run(*BY_OLIVE)
    assert re.fullmatch(r"[0-9a-f]{32}\n", result.stdout)
    assert result.stderr == ""


def test_the_first_member_is_the_owner(run: Run) -> None:
    made = run(*BY_OLIVE, *MAX).stdout.strip()
    assert members_of(made) == [("Olive", True), ("Max", False)]


def test_a_new_conversation_is_empty_and_uses_the_first_model(run: Run) -> None:
    made = run(*BY_OLIVE).stdout.strip()
    conversation = db.session.scalars(select(Conversation)).one()
    assert conversation.public_id == made
    assert conversation.title == "Reading along"
    assert conversation.model == "demo"
    assert conversation.position == 0


def test_a_second_run_prints_the_same_conversation(run: Run) -> None:
    assert run(*BY_OLIVE, *MAX).stdout == run(*BY_OLIVE, *MAX).stdout
    assert count(Conversation) == 1


def test_a_second_run_adds_new_members(run: Run) -> None:
    made = run(*BY_OLIVE).stdout.strip()
    run(*BY_OLIVE, *MAX)
    assert members_of(made) == [("Olive", True), ("Max", False)]


def test_another_owner_title_or_model_makes_another_conversation(run: Run) -> None:
    commands = (
        BY_OLIVE,
        ("seed", "conversation", "Reading along", *MAX, *OLIVE),
        ("seed", "conversation", "Another", *OLIVE),
        (*BY_OLIVE, "--model", "openai:small"),
    )
    assert len({run(*command).stdout for command in commands}) == 4


def test_a_member_given_twice_is_added_once(run: Run) -> None:
    made = run(*BY_OLIVE, "--member", "OLIVE@example.com").stdout.strip()
    assert members_of(made) == [("Olive", True)]


def test_an_unknown_member_is_refused_and_nothing_is_stored(run: Run) -> None:
    result = run(*BY_OLIVE, "--member", "nobody@example.com")
    assert refused(result, "nobody@example.com")
    assert count(Conversation) == 0


def test_an_unknown_model_is_refused_and_the_known_ones_are_listed(run: Run) -> None:
    assert refused(run(*BY_OLIVE, "--model", "gpt-0"), "gpt-0", "demo", "openai:small")
    assert count(Conversation) == 0


def test_a_member_is_required(run: Run) -> None:
    assert refused(run("seed", "conversation", "Nobody's"), "--member")


def test_a_title_may_contain_a_joined_emoji(run: Run) -> None:
    assert run("seed", "conversation", "For the 👩‍👧", *OLIVE).exit_code == 0


@pytest.mark.parametrize("title", ["", " ", "two\nlines", "a\ab", "x" * 201])
def test_an_invalid_title_is_refused(run: Run, title: str) -> None:
    assert refused(run("seed", "conversation", title, *OLIVE), "200 characters")
    assert count(Conversation) == 0
