"""Leases: a process renews those of its own answers, interrupts answers whose process is gone, and
starts answers to waiting questions."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy import select, update

from app.background import Backoff, run_periodically
from app.database import read, write
from app.extensions import db
from app.models import Message, Status
from app.models.ending import Ending
from app.models.questions import waiting_conversations
from app.replies.generation import start_next
from app.replies.group_commit import GroupCommit
from app.replies.requests import end_now

RUN_SECONDS = 0.25
RUN_RETRY_SECONDS = 2.0
RENEWALS_PER_LEASE = 3


@dataclass(frozen=True, slots=True)
class Observation:
    """A lease, and since when this process has seen it unchanged, by its own monotonic clock."""

    lease: int
    since: float


class LeaseKeeper:
    """Runs in every server process."""

    def __init__(self, group_commit: GroupCommit, lease_seconds: float) -> None:
        self._group_commit = group_commit
        self._lease_seconds = lease_seconds
        self._renewed_at = float("-inf")
        self._observed: dict[int, Observation] = {}
        self._interrupting = Backoff(RUN_RETRY_SECONDS)
        self._starting = Backoff(RUN_RETRY_SECONDS)

    def run(self) -> None:
        """Run for ever."""
        run_periodically(self.run_once, RUN_SECONDS, RUN_RETRY_SECONDS)

    def run_once(self) -> None:
        """Renew, sweep, and start what waits. Renewing comes first: a process that was paused for
        longer than its leases should not interrupt its own answers if it can help it."""
        self._renew()
        self._sweep()
        self._starting.for_each(read(waiting_conversations), start_next)

    def _renew(self) -> None:
        if time.monotonic() - self._renewed_at < self._lease_seconds / RENEWALS_PER_LEASE:
            return
        mine = list(self._group_commit.answers)
        if mine:
            write(lambda: _increment(mine))
            self._group_commit.note_write()
        self._renewed_at = time.monotonic()

    def _sweep(self) -> None:
        mine = list(self._group_commit.answers)  # before the read: later answers are not in it
        leases = read(_leases)
        for message_id in set(mine) - set(leases):
            self._group_commit.remove(message_id)  # ended by another process
        self._observed = {key: self._observe(key, lease) for key, lease in leases.items()}
        expired = [key for key, observed in self._observed.items() if self._is_expired(observed)]
        self._interrupting.for_each(expired, self._interrupt)

    def _interrupt(self, message_id: int) -> None:
        lease = self._observed[message_id].lease
        end_now(Ending(message_id, Status.INTERRUPTED, lease=lease))

    def _is_expired(self, observed: Observation) -> bool:
        return time.monotonic() - observed.since > self._lease_seconds

    def _observe(self, message_id: int, lease: int) -> Observation:
        known = self._observed.get(message_id)
        return known if known and known.lease == lease else Observation(lease, time.monotonic())


def _leases() -> dict[int, int]:
    streaming = select(Message.id, Message.lease).where(Message.status == Status.STREAMING)
    return {row.id: row.lease for row in db.session.execute(streaming)}


def _increment(message_ids: list[int]) -> None:
    mine = update(Message).where(Message.id.in_(message_ids), Message.status == Status.STREAMING)
    db.session.execute(mine.values(lease=Message.lease + 1))
