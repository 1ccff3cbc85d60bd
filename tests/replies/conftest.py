"""Fixtures of the tests of replies."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from app import background
from app.extensions import db
from app.models import Message
from app.providers import Text
from app.replies import generation, leases
from app.replies.group_commit import GroupCommit
from app.replies.in_flight import Answer
from app.replies.leases import LeaseKeeper
from tests.support.cast import Cast
from tests.support.clock import Clock
from tests.support.harness import Harness

LEASE = 15.0
STEP = 4.0


def watch(keeper: LeaseKeeper, clock: Clock, seconds: float) -> None:
    """Let time pass in which a keeper looks at the leases again and again, but not at its end."""
    while seconds > STEP:
        clock.sleep(STEP)
        keeper.run_once()
        seconds -= STEP
    clock.sleep(seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the lease keepers."""
    clock = Clock()
    for module in (background, leases):
        monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.fixture
def answer(harness: Harness, cast: Cast, conversation: str) -> Answer:
    """An answer that this process is writing, with some text."""
    answer = harness.begin(conversation, cast.olive)
    generation.add_event(answer, Text("so far"))
    harness.flush()
    return answer


@pytest.fixture
def keeper(harness: Harness, clock: Clock) -> LeaseKeeper:
    """The lease keeper of the process that writes the answers."""
    return LeaseKeeper(harness.runtime.group_commit, LEASE)


@pytest.fixture
def other_keeper(clock: Clock) -> LeaseKeeper:
    """The lease keeper of a process that writes no answers."""
    return LeaseKeeper(GroupCommit(0.04), LEASE)


@pytest.fixture
def lease(harness: Harness, answer: Answer) -> Callable[[], int]:
    """Return a function that reads the lease counter in the answer's row."""
    found = select(Message.lease).where(Message.id == answer.message_id)
    return lambda: harness.database.read(lambda: db.session.scalars(found).one())


@pytest.fixture
def commits_at_once(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commit at once whenever an answer wakes the group commit."""
    monkeypatch.setattr(harness.runtime.group_commit, "wake", harness.runtime.group_commit.flush)
