"""`flask members`."""

from __future__ import annotations

import pytest

from app.extensions import db
from app.models import Conversation, User
from app.models.control_event import Kind
from app.models.conversation import MAX_MEMBERS
from tests.commands.conftest import Run
from tests.commands.expecting import control_events, members_of, refused


def test_add_makes_a_member(run: Run, conversation: str) -> None:
    assert ("Eve", False) not in members_of(conversation), "Eve must be an outsider"
    result = run("members", "add", conversation, "Eve@example.com")
    assert result.stdout == "eve@example.com is now a member.\n"
    assert members_of(conversation)[-1] == ("Eve", False)
    assert control_events()[-1] == (Kind.DESCRIBE, f"conversation:{conversation}")


def test_remove_ends_a_membership_and_makes_all_readers_rejoin(run: Run, conversation: str) -> None:
    assert ("Rex", False) in members_of(conversation), "Rex must be a member"
    result = run("members", "remove", conversation, "rex@example.com")
    assert result.stdout == "rex@example.com is no longer a member.\n"
    assert members_of(conversation) == [("Olive", True), ("Max", False)]
    assert (Kind.REJOIN, f"conversation:{conversation}") in control_events()


@pytest.mark.parametrize(("what", "who"), [("add", "max"), ("remove", "eve")])
def test_a_second_add_or_remove_changes_nothing(
    run: Run, conversation: str, what: str, who: str
) -> None:
    before = members_of(conversation), control_events()
    result = run("members", what, conversation, f"{who}@example.com")
    assert result.exit_code == 0
    assert (members_of(conversation), control_events()) == before


def test_a_conversation_can_have_only_so_many_members(run: Run, conversation: str) -> None:
    names = [f"Guest {number}" for number in range(MAX_MEMBERS - len(members_of(conversation)))]
    users = [User(email=f"{name}@example.com", name=name, password_hash="") for name in names]
    db.session.add_all(users)
    db.session.flush()
    room = Conversation.by_public_id(conversation)
    assert room is not None
    for user in users:
        room.add_member(user.id)
    db.session.commit()
    assert refused(run("members", "add", conversation, "eve@example.com"), "Remove one")
    run("members", "remove", conversation, "max@example.com")
    assert run("members", "add", conversation, "eve@example.com").exit_code == 0
    assert len(members_of(conversation)) == MAX_MEMBERS


@pytest.mark.parametrize("what", ["add", "remove"])
def test_an_unknown_user_or_conversation_is_refused(run: Run, conversation: str, what: str) -> None:
    assert refused(run("members", what, conversation, "nobody@example.com"), "nobody@")
    assert refused(run("members", what, "0" * 32, "max@example.com"), "0" * 32)
