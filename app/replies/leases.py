"""Leases: a process renews those of its own answers, interrupts answers whose process is gone,
and gives waiting questions their turn."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy import select, update

from app.background import run_periodically
from app.database import read, write
from app.extensions import db
from app.models import Message, Status
from app.models.asking import waiting_conversations
from app.models.ending import Ending
from app.replies.generation import begin_next
from app.replies.group_commit import Beat
from app.replies.requests import end_now

RUN_SECONDS = 0.25
PAUSE_SECONDS = 2.0
RENEWALS_PER_LEASE = 3


@dataclass(frozen=True, slots=True)
class Sighting:
    """A lease as it stood when this process saw it first, by this process's own clock."""

    lease: int
    since: float


class LeaseKeeper:
    """Runs in every server process."""

    def __init__(self, beat: Beat, lease_seconds: float) -> None:
        self._beat = beat
        self._lease_seconds = lease_seconds
        self._renewed = float("-inf")
        self._sightings: dict[int, Sighting] = {}

    def run(self) -> None:
        """Run for ever."""
        run_periodically(self.run_once, RUN_SECONDS, PAUSE_SECONDS)

    def run_once(self) -> None:
        """Do once what there is to do. Renewing comes before sweeping: a process that was
        paused for longer than its leases must not interrupt its own answers, if it can help."""
        self._renew()
        self._sweep()
        for conversation_id in read(waiting_conversations):
            begin_next(conversation_id)

    def _renew(self) -> None:
        if time.monotonic() - self._renewed < self._lease_seconds / RENEWALS_PER_LEASE:
            return
        mine = list(self._beat.answers)
        if mine:
            write(lambda: _count_up(mine))
        self._renewed = time.monotonic()

    def _sweep(self) -> None:
        mine = list(self._beat.answers)  # before the read: what begins after it is not in it
        leases = read(_leases)
        for message_id in set(mine) - set(leases):
            self._beat.drop(message_id)  # ended by another process
        self._sightings = {
            message_id: self._sighting(message_id, lease) for message_id, lease in leases.items()
        }
        for message_id, sighting in self._sightings.items():
            if time.monotonic() - sighting.since > self._lease_seconds:
                end_now(Ending(message_id, Status.INTERRUPTED, lease=sighting.lease))

    def _sighting(self, message_id: int, lease: int) -> Sighting:
        known = self._sightings.get(message_id)
        return known if known and known.lease == lease else Sighting(lease, time.monotonic())


def _leases() -> dict[int, int]:
    streaming = select(Message.id, Message.lease).where(Message.status == Status.STREAMING)
    return {row.id: row.lease for row in db.session.execute(streaming)}


def _count_up(message_ids: list[int]) -> None:
    mine = update(Message).where(Message.id.in_(message_ids), Message.status == Status.STREAMING)
    db.session.execute(mine.values(lease=Message.lease + 1))
