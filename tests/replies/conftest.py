"""What the tests of answering share."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Message
from app.providers import Text
from app.replies import answering, leases
from app.replies.answer import Answer
from app.replies.beat import Beat
from app.replies.leases import LeaseKeeper
from tests.support.cast import Cast
from tests.support.clock import Clock
from tests.support.stage import Stage

LEASE = 15.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock that leases are watched by."""
    clock = Clock()
    monkeypatch.setattr(leases, "time", clock)
    return clock


@pytest.fixture
def answer(stage: Stage, cast: Cast, conversation: str) -> Answer:
    """An answer that this process is writing, with some text."""
    answer = stage.begin(conversation, cast.olive)
    answering.take(answer, Text("so far"))
    stage.flush()
    return answer


@pytest.fixture
def ours(stage: Stage, clock: Clock) -> LeaseKeeper:
    """The leases of the process that writes the answers."""
    return LeaseKeeper(stage.runtime.beat, LEASE)


@pytest.fixture
def others(clock: Clock) -> LeaseKeeper:
    """The leases of a process that writes nothing."""
    return LeaseKeeper(Beat(0.04), LEASE)


@pytest.fixture
def lease(stage: Stage, answer: Answer) -> Callable[[], int]:
    """What reads the counter in the answer's row."""
    found = select(Message.lease).where(Message.id == answer.message_id)
    return lambda: stage.records.read(lambda: db.session.scalars(found).one())


@pytest.fixture
def beats_at_once(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the beat come whenever there is news."""
    monkeypatch.setattr(stage.runtime.beat, "ring", stage.runtime.beat.flush)
