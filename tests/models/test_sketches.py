"""What a list says of conversations besides their titles."""

from __future__ import annotations

from app.models.listing import conversations_of
from app.models.sketches import Sketch, sketches_of
from tests.support.cast import Cast
from tests.support.stage import Stage


def test_members_and_a_running_answer(stage: Stage, cast: Cast) -> None:
    at_rest = stage.records.conversation(cast.olive)
    busy = stage.records.conversation(cast.max, cast.olive)
    stage.ask(busy, cast.olive)

    assert sketches(stage, cast) == {
        stage.key(at_rest): Sketch(["Olive"], False),
        stage.key(busy): Sketch(["Max", "Olive"], True),
    }


def test_nothing_of_nothing(stage: Stage) -> None:
    assert stage.records.read(lambda: sketches_of([])) == {}


def sketches(stage: Stage, cast: Cast) -> dict[int, Sketch]:
    olive = stage.user(cast.olive)
    return stage.records.read(lambda: sketches_of(conversations_of(olive).conversations))
