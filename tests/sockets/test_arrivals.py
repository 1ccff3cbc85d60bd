"""Readers who join at one moment share one read; a join never slips past a removal."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.database import read
from app.extensions import db
from app.models import Conversation
from app.providers import Text
from app.replies import answering
from app.sockets import arrivals, out
from tests.support.cast import Cast
from tests.support.stage import Stage
from tests.support.waiting import eventually

Work = Callable[[], Any]


class Reads:
    """Counts the reads of joins; something may happen before or after one."""

    def __init__(self) -> None:
        self.count = 0
        self.before: Work = lambda: None
        self.after: Work = lambda: None

    def __call__(self, work: Work) -> Any:
        self.count += 1
        self.before()
        result = read(work)
        self.after()
        return result


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Reads:
    reads = Reads()
    monkeypatch.setattr(arrivals, "read", reads)
    return reads


def test_what_is_committed_after_the_read_comes_live(
    stage: Stage, cast: Cast, conversation: str, reads: Reads
) -> None:
    answer = stage.begin(conversation, cast.olive)
    max = stage.reader(cast.max)

    def more() -> None:
        answering.take(answer, Text("after the read"))
        stage.flush()

    reads.after = more
    max.join(conversation)

    assert [(name, data["seq"]) for name, data in max.received()] == [
        ("chunk", 1),
        ("current_state", 0),
    ]


def test_a_join_in_flight_does_not_slip_past_a_removal(
    stage: Stage, cast: Cast, conversation: str, reads: Reads
) -> None:
    answer = stage.begin(conversation, cast.olive)
    max = stage.reader(cast.max)
    reads.before = lambda: stage.records.dismiss(conversation, cast.max)

    assert max.ask("join", {"conversation": conversation, "after": 0})["error"] == "not_found"
    assert reads.count == 1, "Max must have been let in for this to mean anything"

    answering.take(answer, Text("among us"))
    stage.flush()
    assert max.received() == []
    assert max.sid not in out.sockets(out.conversation_room(conversation))


def test_a_conversation_that_is_deleted_meanwhile_is_not_found(
    stage: Stage, cast: Cast, conversation: str, reads: Reads
) -> None:
    key = stage.key(conversation)

    def delete() -> None:
        stage.records.write(lambda: db.session.delete(db.session.get_one(Conversation, key)))

    reads.before = delete
    ack = stage.reader(cast.max).ask("join", {"conversation": conversation})
    assert ack["error"] == "not_found"


@pytest.fixture
def crowd(stage: Stage, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch) -> Work:
    """Return what joins as ten readers of Olive's and Max's while the first one waits."""

    def wait_for_all(_seconds: float) -> None:
        eventually(lambda: len(out.sockets("arrivals:1")) == 10)

    monkeypatch.setattr(arrivals.socketio, "sleep", wait_for_all)
    people = [cast.olive, cast.max] * 5
    sids = [stage.reader(person).sid for person in people]
    users = [stage.user(person) for person in people]

    def join_all() -> list[Any]:
        gate, wish = arrivals.Arrivals(), arrivals.Join(conversation=conversation)
        key = stage.key(conversation)

        def join(sid: str, user_id: int) -> Any:
            with stage.app.app_context():
                where = db.session.get_one(Conversation, key)
                try:
                    return gate.catch_up(sid, user_id, where, wish)
                except Exception as error:
                    return type(error).__name__

        with ThreadPoolExecutor(10) as pool:
            return list(pool.map(join, sids, users))

    return join_all


def test_those_who_come_at_one_moment_share_one_read(crowd: Work, reads: Reads) -> None:
    results = crowd()
    assert reads.count == 1
    assert {id(result) for result in results} == {id(results[0])}


def test_of_those_who_come_at_one_moment_only_the_removed_are_refused(
    stage: Stage, cast: Cast, conversation: str, crowd: Work, reads: Reads
) -> None:
    reads.before = lambda: stage.records.dismiss(conversation, cast.max)
    results = crowd()
    assert results[1::2] == ["NotFound"] * 5
    assert "NotFound" not in results[::2]


def test_when_the_read_fails_nobody_waits_for_ever(crowd: Work, reads: Reads) -> None:
    def fail() -> None:
        raise ConnectionError("the database is gone")

    reads.before = fail
    results = crowd()
    assert sorted(results) == ["ConnectionError"] + ["Unavailable"] * 9
