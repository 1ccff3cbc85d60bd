"""Leases: a process renews those of its own answers, interrupts answers whose process is gone, and
starts answers to waiting questions."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from socket import gethostname

from sqlalchemy import Integer, bindparam, select

from app import counts
from app.background import Backoff, run_periodically
from app.database import find, write_directly
from app.direct import DirectStatement
from app.models import Message, Status
from app.models.appending import renew, unlocked_among
from app.models.ending import Ending
from app.models.message import STREAMING
from app.models.waiting import waiting_conversations
from app.replies.generation import start_next
from app.replies.group_commit import GroupCommit
from app.replies.stopping import end_now

logger = logging.getLogger(__name__)

RUN_SECONDS = 0.5
RUN_RETRY_SECONDS = 2.0
IDLE_RUN_SECONDS = 1.0  # while nothing streams and nobody waits, in any process
RENEWALS_PER_LEASE = 3
LEAST_RENEWAL_SECONDS = 2.0  # that a process has to renew a lease after it was locked
LEASES_AT_ONCE = 500
STARTED_AT_ONCE = 20
INTERRUPTED = "Interrupted answers whose leases have expired: %d, messages %s."
MOST_NAMED = 20  # in the log

LEASES_AFTER = DirectStatement(
    select(Message.id, Message.lease)
    .where(STREAMING, Message.id > bindparam("after"))
    .order_by(Message.id)
    .limit(bindparam("most", type_=Integer))
)


@dataclass(frozen=True, slots=True)
class Observation:
    """A lease, and since when this process has seen it unchanged, by the seconds it has watched."""

    lease: int
    since: float


class LeaseKeeper:
    """Runs in every server process."""

    def __init__(self, group_commit: GroupCommit, lease_seconds: float) -> None:
        self._group_commit = group_commit
        self._lease_seconds = lease_seconds
        self._renewal_seconds = lease_seconds / RENEWALS_PER_LEASE
        self._run_seconds = min(RUN_SECONDS, self._renewal_seconds / 2)
        self._renewed_at = float("-inf")
        self._unrenewed: set[int] = set()  # somebody else has locked them
        self._watched = 0.0  # seconds: see `_watch`
        self._looked_at = float("-inf")
        self._is_idle = False
        self._observed: dict[int, Observation] = {}
        self._seen: dict[int, Observation] = {}  # in this sweep, which takes several reads
        self._mine: set[int] = set()  # at its beginning
        self._after = 0  # the last message that was looked at
        self._interrupting = Backoff(RUN_RETRY_SECONDS)
        self._starting = Backoff(RUN_RETRY_SECONDS)

    def run(self) -> None:
        """Run for ever."""
        run_periodically(self.run_once, self._run_seconds, RUN_RETRY_SECONDS)

    def run_once(self) -> None:
        """Renew, and look; less often while there was nothing to see."""
        self._renew()
        idle = self._is_idle and not self._group_commit.answers
        if not idle or time.monotonic() - self._looked_at >= IDLE_RUN_SECONDS:
            self.look()

    def look(self) -> None:
        """Interrupt the answers whose leases have expired, and start those that wait."""
        self._sweep()
        waiting = waiting_conversations(STARTED_AT_ONCE, self._starting.waiting)
        self._is_idle = not (waiting or self._after or self._observed)
        self._starting.for_each(waiting, start_next)

    def _renew(self) -> None:
        """Renew all leases of this process when it is time, and at each run those that could not be
        renewed then."""
        mine = set(self._group_commit.answers)
        is_due = time.monotonic() - self._renewed_at >= self._renewal_seconds
        keys = mine if is_due else mine & self._unrenewed
        if keys:
            renewed = write_directly(lambda it: renew(it, keys, this_process()), reserved=True)
            self._group_commit.note_write()
            self._unrenewed = keys - renewed
        if is_due:
            self._renewed_at = time.monotonic()

    def _sweep(self) -> None:
        """Look at some leases; after the last ones begin again with the first."""
        if not self._after:  # before the read: later answers are not in it
            self._mine = set(self._group_commit.answers)
        place = {"after": self._after, "most": LEASES_AT_ONCE}
        leases = find(LEASES_AFTER, place, reserved=True)
        self._watch()
        self._seen |= {row.id: self._observe(row.id, row.lease) for row in leases}
        self._wait_for_locked([row.id for row in leases])
        expired = {row.id: row.lease for row in leases if self._is_expired(row.id)}
        if len(leases) < LEASES_AT_ONCE:
            self._end_sweep()
        else:
            self._after = leases[-1].id
        self._interrupt(expired)

    def _watch(self) -> None:
        """Count the seconds in which this process has watched the leases.

        While it was paused, or without the database, nobody could show it a renewed one. Such a
        time counts as no more than one between two renewals: an answer whose process lives is
        never interrupted because of it, least of all one of this process.
        """
        now = time.monotonic()
        self._watched += min(now - self._looked_at, self._renewal_seconds)
        self._looked_at = now

    def _end_sweep(self) -> None:
        for message_id in self._mine - set(self._seen):
            answer = self._group_commit.answers.get(message_id)
            if answer and not answer.ending:  # else this process has ended it, and is telling so
                self._group_commit.remove(message_id)  # another process has ended it
        self._observed, self._seen, self._after = self._seen, {}, 0

    def _wait_for_locked(self, message_ids: Iterable[int]) -> None:
        """Give whoever writes an answer time to renew its lease once nobody else has it locked.

        A lease that is not renewed in time may be locked by somebody else. As long as it is, it
        expires so many seconds after this look at the earliest.
        """
        to_renew = max(self._renewal_seconds, LEAST_RENEWAL_SECONDS)
        late = max(self._renewal_seconds, self._lease_seconds - to_renew)
        overdue = [key for key in message_ids if self._is_older(key, late)]
        for key in set(overdue) - unlocked_among(overdue):
            earliest = self._watched + to_renew - self._lease_seconds
            seen = self._seen[key]
            self._seen[key] = Observation(seen.lease, max(earliest, seen.since))

    def _is_expired(self, message_id: int) -> bool:
        return self._is_older(message_id, self._lease_seconds)

    def _is_older(self, message_id: int, seconds: float) -> bool:
        """Return whether another process writes an answer, and has not renewed its lease for so
        long."""
        is_mine = message_id in self._group_commit.answers
        return not is_mine and self._watched - self._seen[message_id].since > seconds

    def _observe(self, message_id: int, lease: int) -> Observation:
        known = self._observed.get(message_id)
        return known if known and known.lease == lease else Observation(lease, self._watched)

    def _interrupt(self, expired: dict[int, int]) -> None:
        """End answers whose processes are gone, and say so in one line. One that is locked may have
        a process that can't renew its lease meanwhile."""
        ended: list[int] = []

        def end(message_id: int) -> None:
            if end_now(Ending(message_id, Status.INTERRUPTED, lease=expired[message_id])):
                ended.append(message_id)

        try:
            self._interrupting.for_each(expired, end)
        finally:
            counts.LEASES_EXPIRED.value += len(ended)
            if ended:
                named = ", ".join(map(str, ended[:MOST_NAMED]))
                logger.warning(INTERRUPTED, len(ended), named)


def this_process() -> str:
    """Return the name of this process among those that write answers."""
    return f"{gethostname()[:60]}, process {os.getpid()}"
