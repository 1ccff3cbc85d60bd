"""Looks in the database for what readers lack, while what other processes send does not arrive.

That is so while Redis is silent; without Redis, while there are other processes; and while another
process says, by a control event, that nobody hears it. When it is over, and once a minute before
that, what no look finds is sent again.
"""

from __future__ import annotations

import logging
import time
import uuid
from threading import Lock
from typing import cast

from flask import Flask, current_app

from app.background import start_task
from app.database import write
from app.errors import attempt
from app.events import rooms
from app.events.followed import Followed
from app.events.repeating import repeat
from app.models import ControlEvent
from app.models.control_event import Kind
from app.shared_redis import current_redis

logger = logging.getLogger(__name__)

SAY_SECONDS = 20.0  # so often a process says that it is not heard
REPEAT_SECONDS = 60.0
VALID_SECONDS = 50.0  # for so long that counts
ALONE = "/alone"  # behind the name of a process without Redis: it has to know of the others
HEARD = "/heard"  # behind that of one that is heard again
NOT_ALONE = (
    "Another server process uses this database, and this one has no REDIS_URL: what the other one "
    "writes, readers here get up to a second later."
)


class Looking:
    """One for each app. `run_once` is to be called every heartbeat.BEAT_SECONDS."""

    def __init__(self, app: Flask) -> None:
        self._process = uuid.uuid4().hex
        self._unheard: dict[str, float] = {}  # the others that are not heard, and until when
        self._said_at = float("-inf")
        self._was_needed = self._was_unheard = False
        self._repeated_at = float("-inf")
        self._followed = Followed()
        self._lock = Lock()  # one look at a time
        self._repeating, self._posting = Lock(), Lock()
        app.extensions["looking"] = self

    def run_once(self) -> None:
        """Look, if that is needed, and once more when it is no longer; else only at rooms that were
        subscribed to late. Returns at once where a look is under way."""
        if self._lock.acquire(blocking=False):
            try:
                self._run()
            finally:
                self._lock.release()

    def begin(self) -> None:
        """Let other processes know of this one, if it has no Redis through which they would."""
        if not current_redis():
            self._say()

    def note_unheard(self, said: str) -> None:
        """Look from now on: another process says that it is not heard; or for the last time,
        because it is again."""
        process, is_alone, _ = said.partition(ALONE)
        if said.endswith(HEARD):
            if self._unheard.pop(said.removesuffix(HEARD), None):
                self._was_needed = True  # also where no look has come in between
            return
        if process == self._process:
            return
        was_alone, is_known = not self._knows_unheard, process in self._unheard
        self._unheard[process] = time.monotonic() + VALID_SECONDS
        if was_alone and not current_redis():
            logger.warning(NOT_ALONE)
        if is_alone and not is_known:
            self._say()
        start_task(self.run_once)

    def _run(self) -> None:
        in_step, unsure = rooms.take_in_step(), rooms.take_unsure()
        is_unheard = rooms.are_silent() or (self._knows_unheard and not current_redis())
        if is_unheard and time.monotonic() - self._said_at > SAY_SECONDS:
            self._say()
        elif self._was_unheard and not is_unheard:
            self._said_at = float("-inf")  # the others look no more: it is said at once if it ends
            start_task(self._post, self._process + HEARD)
        is_needed = is_unheard or self._knows_unheard
        if is_needed or self._was_needed:
            self._followed.look(in_step if is_needed else ())  # no other look will come
            self._repeat_when_due(is_over=not is_needed)
        elif unsure:
            self._followed.name(unsure)
        if not is_needed:
            self._followed.forget()
        self._was_needed, self._was_unheard = is_needed, is_unheard

    def _repeat_when_due(self, *, is_over: bool) -> None:
        """Send again what a look does not find: at the end, and now and then before that."""
        now = time.monotonic()
        if not self._was_needed:
            self._repeated_at = now  # it begins
        elif is_over or now - self._repeated_at > REPEAT_SECONDS:
            self._repeated_at = now
            start_task(self._repeat)

    def _repeat(self) -> None:
        with self._repeating:  # two at a time would only take as long
            repeat()

    @property
    def _knows_unheard(self) -> bool:
        now = time.monotonic()
        self._unheard = {each: until for each, until in self._unheard.items() if until > now}
        return bool(self._unheard)

    def _say(self) -> None:
        """Tell the other processes, through the database, that they don't hear this one."""
        self._said_at = time.monotonic()
        start_task(self._post, self._process if current_redis() else self._process + ALONE)

    def _post(self, said: str) -> None:
        with self._posting:  # one after the other: what was said last counts
            _, error = attempt(lambda: write(lambda: ControlEvent.post(Kind.UNHEARD, said)))
        if error:  # without the database there is nothing to be heard: again with the next look
            self._said_at = float("-inf")


def current_looking() -> Looking:
    """Return the current app's."""
    return cast(Looking, current_app.extensions["looking"])
