"""What a list says of conversations besides their titles."""

from __future__ import annotations

from app.models.listing import Summary, conversations_of, summaries_of
from tests.support.cast import Cast
from tests.support.harness import Harness


def test_summaries_have_members_and_whether_an_answer_streams(harness: Harness, cast: Cast) -> None:
    at_rest = harness.database.conversation(cast.olive)
    busy = harness.database.conversation(cast.max, cast.olive)
    harness.ask(busy, cast.olive)

    assert summaries(harness, cast) == {
        harness.key(at_rest): Summary(["Olive"], False),
        harness.key(busy): Summary(["Max", "Olive"], True),
    }


def test_no_conversations_have_no_summaries(harness: Harness) -> None:
    assert harness.database.read(lambda: summaries_of([])) == {}


def summaries(harness: Harness, cast: Cast) -> dict[int, Summary]:
    olive = harness.user(cast.olive)
    return harness.database.read(lambda: summaries_of(conversations_of(olive).conversations))
