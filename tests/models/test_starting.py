"""An empty conversation is gone on with, as long as nobody has made anything of it."""

from __future__ import annotations

from app.models import Conversation
from tests.support.cast import Cast
from tests.support.harness import Harness

UNTITLED = "New conversation"


def test_the_latest_unused_conversation_is_found(harness: Harness, cast: Cast) -> None:
    assert unused(harness, cast) is None
    harness.database.conversation(cast.olive, title=UNTITLED)
    latest = harness.database.conversation(cast.olive, title=UNTITLED)
    assert unused(harness, cast) == latest


def test_a_used_conversation_is_not_unused(harness: Harness, cast: Cast) -> None:
    asked = harness.database.conversation(cast.olive, title=UNTITLED)
    harness.ask(asked, cast.olive)
    harness.database.conversation(cast.olive, title="Somebody chose this")
    harness.database.conversation(cast.olive, cast.max, title=UNTITLED)
    harness.database.conversation(cast.max, title=UNTITLED)
    harness.database.conversation(cast.olive, title=UNTITLED, model="other")
    assert unused(harness, cast) is None


def test_a_conversation_owned_by_another_user_is_not_unused(harness: Harness, cast: Cast) -> None:
    theirs = harness.database.conversation(cast.max, cast.olive, title=UNTITLED)
    harness.database.remove_member(theirs, cast.max)
    assert unused(harness, cast) is None


def unused(harness: Harness, cast: Cast) -> str | None:
    olive = harness.user(cast.olive)

    def find() -> str | None:
        found = Conversation.unused_by(olive, "demo")
        return found and found.public_id

    return harness.database.read(find)
