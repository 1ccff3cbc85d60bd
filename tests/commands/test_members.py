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


def roles(run: Run, conversation: str) -> list[str]:
    """Return what `list` prints of each member's role and address."""
    lines = run("members", "list", conversation).stdout.splitlines()
    return [" ".join(line.split("\t")[:2]) for line in lines]


def test_list_shows_who_may_do_what(run: Run, conversation: str) -> None:
    run("members", "add", conversation, "eve@example.com", "--role", "reader")
    assert roles(run, conversation) == [
        "owner olive@example.com",
        "member max@example.com",
        "member rex@example.com",
        "reader eve@example.com",
    ]


def test_role_lets_a_member_only_read_and_write_again(run: Run, conversation: str) -> None:
    for role in ("reader", "reader", "member"):
        result = run("members", "role", conversation, "max@example.com", role)
        assert result.stdout == f"max@example.com is now a {role}.\n"
        assert f"{role} max@example.com" in roles(run, conversation)
    assert run("members", "role", conversation, "max@example.com", "owner").exit_code == 2
    assert refused(run("members", "role", conversation, "olive@example.com", "reader"), "hand")
    assert refused(run("members", "role", conversation, "eve@example.com", "reader"), "eve@")


def test_owner_hands_over(run: Run, conversation: str) -> None:
    for _ in range(2):
        run("members", "owner", conversation, "max@example.com")
        assert roles(run, conversation)[:2] == ["owner max@example.com", "member olive@example.com"]
    assert refused(run("members", "owner", conversation, "eve@example.com"), "not a member")


def test_a_conversation_whose_owner_was_removed_gets_another(run: Run, conversation: str) -> None:
    run("members", "remove", conversation, "olive@example.com")
    run("members", "owner", conversation, "rex@example.com")
    assert roles(run, conversation) == ["owner rex@example.com", "member max@example.com"]


@pytest.mark.parametrize("what", ["add", "remove"])
def test_an_unknown_user_or_conversation_is_refused(run: Run, conversation: str, what: str) -> None:
    assert refused(run("members", what, conversation, "nobody@example.com"), "nobody@")
    assert refused(run("members", what, "0" * 32, "max@example.com"), "0" * 32)


def test_asking_says_which_messages_ask_a_model(run: Run, conversation: str) -> None:
    said = run("members", "asking", conversation, "mentions").stdout
    assert said == "Only messages that mention a model ask one.\n"
    assert control_events()[-1] == (Kind.DESCRIBE, f"conversation:{conversation}")
    before = control_events()
    run("members", "asking", conversation, "mentions")
    assert control_events() == before, "nothing has changed"
    assert run("members", "asking", conversation, "every").stdout == "Every message asks a model.\n"
    assert refused(run("members", "asking", conversation, "never"), "never")
    assert refused(run("members", "asking", "0" * 32, "every"), "no conversation")
