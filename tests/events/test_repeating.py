"""What readers are sent again that no look at their conversations finds."""

from __future__ import annotations

import pytest

from app import replies
from app.events import repeating
from app.events.payloads import sender
from tests.support.cast import Cast
from tests.support.harness import Harness

FOLLOW = {"archived": False, "follow": True}


@pytest.fixture
def lost(harness: Harness, cast: Cast, conversation: str) -> None:
    """Max has read what Olive was answered, and no process has told any reader."""
    assert harness.answered(conversation, cast.olive)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replies.requests.seen_marks, "add", lambda *_: None)
        replies.mark_read(harness.key(conversation), harness.user(cast.max), 2)
    harness.later.clear()


@pytest.mark.usefixtures("lost")
def test_how_far_people_have_read_is_sent_to_those_who_read_along(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repeating, "MARKS_AT_ONCE", 1)
    others = [harness.database.conversation(cast.olive) for _ in range(2)]
    readers = [harness.reader(cast.olive, each) for each in (*others, conversation)]
    for reader in readers:
        reader.received()
    repeating.repeat()
    who = sender(conversation, harness.user(cast.max))
    told = {"conversation": conversation, "people": [{"sender": who, "read": 2}]}
    assert [reader.received() for reader in readers] == [[], [], [("seen", told)]]


@pytest.mark.usefixtures("lost")
def test_a_list_that_is_followed_shows_what_its_user_has_read(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    followers = {person.name: harness.reader(person) for person in (cast.max, cast.olive)}
    for follower in followers.values():
        assert follower.ask("conversations", FOLLOW)["ok"]
        follower.received()
    repeating.repeat()
    [(name, row)] = followers["Max"].received()
    assert (name, row["conversation"], row["read"]) == ("listed", conversation, 2)
    assert "unread" not in row
    [(_, row)] = followers["Olive"].received()
    assert (row["read"], row["unread"]) == (0, 1)
