"""Concurrent joins with the same request are coalesced into one read."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from app.events import emit
from app.schemas import Join
from app.sockets import joins
from app.sockets.joins import JoinCoalescer
from tests.sockets.conftest import Reads
from tests.support.cast import Cast
from tests.support.harness import Harness
from tests.support.waiting import eventually


class ConcurrentJoins:
    """Ten readers, Olive's and Max's in turn; `results` grows as they are served."""

    def __init__(self, harness: Harness, cast: Cast, conversation: str) -> None:
        people = [cast.olive, cast.max] * 5
        self.harness = harness
        self.sids = [harness.reader(person).sid for person in people]
        self.users = [harness.user(person) for person in people]
        self.joins, self.request = JoinCoalescer(), Join(conversation=conversation)
        self.results: dict[str, Any] = {}

    def join(self) -> list[Any]:
        """Join with all readers at once; return the result or the name of the error of each."""
        with ThreadPoolExecutor(10) as pool:
            list(pool.map(self._join, self.sids, self.users))
        return [self.results[sid] for sid in self.sids]

    def _join(self, sid: str, user_id: int) -> None:
        with self.harness.app.app_context():
            try:
                result: Any = self.joins.catch_up(sid, user_id, self.request)
            except Exception as error:
                result = type(error).__name__
            self.results[sid] = result


@pytest.fixture
def concurrent(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> ConcurrentJoins:
    """Ten readers; the first waits until the others have joined, too."""

    concurrent = ConcurrentJoins(harness, cast, conversation)

    def wait_for_all(_seconds: float) -> None:
        (group,) = concurrent.joins._open.values()
        eventually(lambda: len(group.readers) == 10)

    monkeypatch.setattr(joins, "socketio", SimpleNamespace(sleep=wait_for_all))
    return concurrent


def test_concurrent_joins_share_one_read(concurrent: ConcurrentJoins, reads: Reads) -> None:
    results = concurrent.join()
    assert reads.count == 1
    assert {id(result) for result in results} == {id(results[0])}


def test_of_concurrent_joins_only_those_of_removed_members_are_refused(
    harness: Harness, cast: Cast, conversation: str, concurrent: ConcurrentJoins, reads: Reads
) -> None:
    reads.before = lambda: harness.database.remove_member(conversation, cast.max)
    results = concurrent.join()
    assert results[1::2] == ["NotFound"] * 5
    assert "NotFound" not in results[::2]


def test_a_failed_read_fails_all_coalesced_joins(concurrent: ConcurrentJoins, reads: Reads) -> None:
    def fail() -> None:
        raise ConnectionError("the database is gone")

    reads.before = fail
    assert sorted(concurrent.join()) == ["ConnectionError"] + ["Unavailable"] * 9


def test_a_failed_emit_fails_all_coalesced_joins(
    concurrent: ConcurrentJoins, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: Any) -> None:
        raise ConnectionError("can't be sent")

    # the answer held is not in the conversation, so `removed` is sent
    concurrent.request = concurrent.request.model_copy(update={"have": {"0" * 32: 1}})
    monkeypatch.setattr(emit, "removed", fail)
    assert sorted(concurrent.join()) == ["ConnectionError"] + ["Unavailable"] * 9


def test_coalesced_joins_time_out_when_the_read_is_slow(
    concurrent: ConcurrentJoins, reads: Reads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joins, "READ_TIMEOUT_SECONDS", 0.01)
    reads.before = lambda: eventually(lambda: len(concurrent.results) == 9)
    results = concurrent.join()
    assert results.count("Unavailable") == 9


def test_a_later_join_has_a_read_of_its_own(
    harness: Harness, cast: Cast, conversation: str, reads: Reads
) -> None:
    max = harness.reader(cast.max)
    for _ in range(2):
        max.join(conversation)
    assert reads.count == 2
