"""An empty conversation is gone on with, as long as nobody has made anything of it."""

from __future__ import annotations

from app.models.starting import unused_conversation
from tests.support.cast import Cast
from tests.support.stage import Stage

UNTITLED = "New conversation"


def test_the_latest_unused_one_is_found(stage: Stage, cast: Cast) -> None:
    assert unused(stage, cast) is None
    stage.records.conversation(cast.olive, title=UNTITLED)
    latest = stage.records.conversation(cast.olive, title=UNTITLED)
    assert unused(stage, cast) == latest


def test_one_that_is_used_is_not(stage: Stage, cast: Cast) -> None:
    asked = stage.records.conversation(cast.olive, title=UNTITLED)
    stage.ask(asked, cast.olive)
    stage.records.conversation(cast.olive, title="Somebody chose this")
    stage.records.conversation(cast.olive, cast.max, title=UNTITLED)
    stage.records.conversation(cast.max, title=UNTITLED)
    stage.records.conversation(cast.olive, title=UNTITLED, model="other")
    assert unused(stage, cast) is None


def test_one_of_which_somebody_else_is_the_owner_is_not(stage: Stage, cast: Cast) -> None:
    theirs = stage.records.conversation(cast.max, cast.olive, title=UNTITLED)
    stage.records.dismiss(theirs, cast.max)
    assert unused(stage, cast) is None


def unused(stage: Stage, cast: Cast) -> str | None:
    olive = stage.user(cast.olive)
    return stage.records.read(lambda: unused_conversation(olive, "demo"))
