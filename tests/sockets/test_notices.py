"""What one process writes down, every process heeds once."""

from __future__ import annotations

import pytest

from app.models import Notice
from app.models.notice import Kind
from app.sockets import out
from app.sockets.notices import Notices
from tests.support.cast import Cast
from tests.support.stage import Stage


@pytest.fixture
def heeded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is asked of whom, instead of doing it."""
    heeded: list[str] = []
    monkeypatch.setattr(out, "rejoin", heeded.append)
    return heeded


def post(stage: Stage, *conversations: str) -> None:
    for conversation in conversations:
        stage.records.write(lambda c=conversation: Notice.post(Kind.REJOIN, f"conversation:{c}"))


def test_each_is_heeded_once_and_in_order(stage: Stage, heeded: list[str]) -> None:
    notices = Notices()
    notices.heed()
    post(stage, "a", "b")
    notices.heed()
    post(stage, "c")
    notices.heed()
    notices.heed()
    assert heeded == ["a", "b", "c"]


def test_every_process_heeds_it(stage: Stage, heeded: list[str]) -> None:
    processes = [Notices(), Notices()]
    for process in processes:
        process.heed()
    post(stage, "a")
    for process in processes:
        process.heed()
    assert heeded == ["a", "a"]


def test_what_was_there_before_the_process_does_not_concern_it(
    stage: Stage, heeded: list[str]
) -> None:
    post(stage, "a")
    notices = Notices()
    notices.heed()
    post(stage, "b")
    notices.heed()
    assert heeded == ["b"]


def test_closing_leaves_the_sockets_of_other_rooms_alone(
    stage: Stage, cast: Cast, conversation: str
) -> None:
    max, eve = stage.reader(cast.max, conversation), stage.reader(cast.eve)
    out.disconnect(out.conversation_room(conversation))
    assert (max.is_connected, eve.is_connected) == (False, True)


def test_closing_all_closes_all(stage: Stage, cast: Cast, conversation: str) -> None:
    readers = [stage.reader(cast.max, conversation), stage.reader(cast.eve)]
    out.disconnect(None)
    assert not any(reader.is_connected for reader in readers)
