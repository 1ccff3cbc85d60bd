"""Leases: a process renews those of its own answers, interrupts answers whose process is gone, and
starts answers to waiting questions."""

from __future__ import annotations

import logging
import os
import time
from dataclasses import dataclass
from socket import gethostname

from sqlalchemy import Integer, bindparam, select, update

from app import counts
from app.background import Backoff, run_periodically
from app.database import find, write
from app.direct import DirectStatement
from app.extensions import db
from app.models import Message, Status
from app.models.ending import Ending
from app.models.message import STREAMING
from app.models.waiting import waiting_conversations
from app.replies.generation import start_next
from app.replies.group_commit import GroupCommit
from app.replies.requests import end_now

logger = logging.getLogger(__name__)

RUN_SECONDS = 0.5
RUN_RETRY_SECONDS = 2.0
RENEWALS_PER_LEASE = 3
LEASES_AT_ONCE = 500
STARTED_AT_ONCE = 20

LEASES_AFTER = DirectStatement(
    select(Message.id, Message.lease)
    .where(STREAMING, Message.id > bindparam("after"))
    .order_by(Message.id)
    .limit(bindparam("most", type_=Integer))
)


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
        self._seen: dict[int, Observation] = {}  # in this sweep, which takes several reads
        self._mine: set[int] = set()  # at its beginning
        self._after = 0  # the last message that was looked at
        self._interrupting = Backoff(RUN_RETRY_SECONDS)
        self._starting = Backoff(RUN_RETRY_SECONDS)

    def run(self) -> None:
        """Run for ever."""
        seconds = min(RUN_SECONDS, self._lease_seconds / RENEWALS_PER_LEASE / 2)
        run_periodically(self.run_once, seconds, RUN_RETRY_SECONDS)

    def run_once(self) -> None:
        """Renew, sweep, and start what waits. Renewing comes first: a process that was paused for
        longer than its leases should not interrupt its own answers if it can help it."""
        self._renew()
        self._sweep()
        waiting = waiting_conversations(STARTED_AT_ONCE, self._starting.waiting)
        self._starting.for_each(waiting, start_next)

    def _renew(self) -> None:
        if time.monotonic() - self._renewed_at < self._lease_seconds / RENEWALS_PER_LEASE:
            return
        mine = list(self._group_commit.answers)
        if mine:
            write(lambda: _increment(mine))
            self._group_commit.note_write()
        self._renewed_at = time.monotonic()

    def _sweep(self) -> None:
        """Look at some leases; after the last ones begin again with the first."""
        if not self._after:  # before the read: later answers are not in it
            self._mine = set(self._group_commit.answers)
        leases = find(LEASES_AFTER, {"after": self._after, "most": LEASES_AT_ONCE})
        self._seen |= {row.id: self._observe(row.id, row.lease) for row in leases}
        expired = {row.id: row.lease for row in leases if self._is_expired(self._seen[row.id])}
        if len(leases) < LEASES_AT_ONCE:
            self._end_sweep()
        else:
            self._after = leases[-1].id
        self._interrupting.for_each(expired, lambda key: _interrupt(key, expired[key]))

    def _end_sweep(self) -> None:
        for message_id in self._mine - set(self._seen):
            self._group_commit.remove(message_id)  # ended by another process
        self._observed, self._seen, self._after = self._seen, {}, 0

    def _is_expired(self, observed: Observation) -> bool:
        return time.monotonic() - observed.since > self._lease_seconds

    def _observe(self, message_id: int, lease: int) -> Observation:
        known = self._observed.get(message_id)
        return known if known and known.lease == lease else Observation(lease, time.monotonic())


def _interrupt(message_id: int, lease: int) -> None:
    """Interrupt an answer whose process is gone, unless its lease was renewed meanwhile."""
    if end_now(Ending(message_id, Status.INTERRUPTED, lease=lease)):
        counts.LEASES_EXPIRED.value += 1
        logger.warning("Message %d was interrupted: its lease has expired.", message_id)


def _increment(message_ids: list[int]) -> None:
    mine = update(Message).where(Message.id.in_(message_ids), STREAMING)
    db.session.execute(mine.values(lease=Message.lease + 1, written_by=this_process()))


def this_process() -> str:
    """Return the name of this process among those that write answers."""
    return f"{gethostname()[:60]}, process {os.getpid()}"
