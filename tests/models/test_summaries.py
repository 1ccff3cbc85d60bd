"""What a list says of conversations besides their titles."""

from __future__ import annotations

from app.models.listing import conversations_of
from app.models.summaries import Sketch, sketches_of
from tests.support.cast import Cast
from tests.support.harness import Harness


def test_members_and_a_running_answer(harness: Harness, cast: Cast) -> None:
    at_rest = harness.database.conversation(cast.olive)
    busy = harness.database.conversation(cast.max, cast.olive)
    harness.ask(busy, cast.olive)

    assert sketches(harness, cast) == {
        harness.key(at_rest): Sketch(["Olive"], False),
        harness.key(busy): Sketch(["Max", "Olive"], True),
    }


def test_nothing_of_nothing(harness: Harness) -> None:
    assert harness.database.read(lambda: sketches_of([])) == {}


def sketches(harness: Harness, cast: Cast) -> dict[int, Sketch]:
    olive = harness.user(cast.olive)
    return harness.database.read(lambda: sketches_of(conversations_of(olive).conversations))
