"""`flask members`."""

from __future__ import annotations

import pytest

from app.models.control_event import Kind
from tests.commands.conftest import Run
from tests.commands.expecting import members_of, notices, refused


def test_eve_is_let_in(run: Run, conversation: str) -> None:
    assert ("Eve", False) not in members_of(conversation), "Eve must be an outsider"
    result = run("members", "add", conversation, "Eve@example.com")
    assert result.stdout == "eve@example.com is a member now.\n"
    assert members_of(conversation)[-1] == ("Eve", False)
    assert notices()[-1] == (Kind.DESCRIBE, f"conversation:{conversation}")


def test_rex_is_shut_out_and_all_join_again(run: Run, conversation: str) -> None:
    assert ("Rex", False) in members_of(conversation), "Rex must be a member"
    result = run("members", "remove", conversation, "rex@example.com")
    assert result.stdout == "rex@example.com is no longer a member.\n"
    assert members_of(conversation) == [("Olive", True), ("Max", False)]
    assert (Kind.REJOIN, f"conversation:{conversation}") in notices()


@pytest.mark.parametrize(("what", "who"), [("add", "max"), ("remove", "eve")])
def test_what_is_so_already_stays_so(run: Run, conversation: str, what: str, who: str) -> None:
    before = members_of(conversation), notices()
    result = run("members", what, conversation, f"{who}@example.com")
    assert result.exit_code == 0
    assert (members_of(conversation), notices()) == before


@pytest.mark.parametrize("what", ["add", "remove"])
def test_nobody_and_nowhere_are_refused(run: Run, conversation: str, what: str) -> None:
    assert refused(run("members", what, conversation, "nobody@example.com"), "nobody@")
    assert refused(run("members", what, "0" * 32, "max@example.com"), "0" * 32)
