"""The group commit: what all answers of this process have received since the last one is written
in one transaction, and only then emitted."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from itertools import accumulate
from math import inf
from threading import Event as Signal

from sqlalchemy import Connection

from app import counts
from app.background import run_periodically
from app.database import write_directly
from app.errors import attempt
from app.events import emit
from app.events.announcing import rejoin_soon
from app.events.payloads import progress_payload
from app.extensions import socketio
from app.models import Status
from app.models.appending import append, locked_among
from app.models.ending import fold
from app.models.stats import Stats, store_thought_ms
from app.replies.commit_failures import COMMIT_RETRY_SECONDS, TRY_SECONDS, CommitFailures
from app.replies.counting import note_end, note_stored
from app.replies.held_back import HeldBack
from app.replies.in_flight import Answer, Pending, Stored

logger = logging.getLogger(__name__)

RUN_RETRY_SECONDS = 0.5
READING_SECONDS = 0.0003  # before a commit: then models are read, and one wake-up serves both
OTHERS_SHARE = 0.3  # of an interval: the least time after a commit for everything else
ENDINGS_PER_COMMIT = 30
ENDED_CHARACTERS_PER_COMMIT = 300_000
NOT_SENT = "The answer could not be sent, so it was ended here."

Batch = Sequence[Pending]


class GroupCommit:
    """The one writer of this process's answers."""

    def __init__(
        self,
        interval_seconds: float,
        patience_seconds: float = 60.0,
        most_held_bytes: float = inf,
    ) -> None:
        self.answers: dict[int, Answer] = {}
        self.held_back = HeldBack(most_held_bytes)
        self._interval_seconds = interval_seconds
        self._wake = Signal()
        self._next = 0.0  # by the monotonic clock: when the next commit is due, and none before
        self._succeeded_at = -inf
        self._failures = CommitFailures(
            store=self._store,
            finish=self._finish,
            remove=self.remove,
            patience_seconds=patience_seconds,
        )

    def add(self, answer: Answer) -> None:
        """Take an answer on: from now on what it receives is committed and emitted."""
        self.held_back.begin(answer.message_id)
        answer.held_back = self.held_back
        self.answers[answer.message_id] = answer
        answer.wake = self.wake

    def remove(self, message_id: int, status: Status | None = None) -> None:
        """Finish an answer that has ended: with this status, where somebody else has ended it."""
        answer = self.answers.pop(message_id, None)
        if answer:
            answer.finish()
            self.held_back.end(message_id)
            note_end(answer, status)

    def waiting_seconds(self) -> float:
        """Return for how long something has waited to be committed; 0 where nothing waits."""
        since = [each.waiting_since for each in list(self.answers.values())]
        oldest = min((each for each in since if each is not None), default=None)
        return 0.0 if oldest is None else time.monotonic() - oldest

    def stalled_seconds(self) -> float:
        """Return for how long something has waited while no commit succeeded. An answer whose row
        another transaction has locked waits alone: all others are served."""
        return min(self.waiting_seconds(), time.monotonic() - self._succeeded_at)

    def note_write(self) -> None:
        """Announce that the database can be written, as another task has seen."""
        self._failures.note_success()

    def wake(self) -> None:
        """Announce that an answer has something to commit."""
        if not self._wake.is_set():  # setting it takes a lock
            self._wake.set()

    def pause(self, read_at: float) -> float:
        """Return for how many seconds a model need not be read that was read last at `read_at`:
        until shortly before the next commit that takes what it says. It is read once for each."""
        reading_at = self._next - READING_SECONDS
        if read_at >= reading_at:
            reading_at += self._interval_seconds
        return reading_at - time.monotonic()

    def run(self) -> None:
        """Commit for ever: at once after silence, at most once an interval under load."""
        run_periodically(self._run_once, 0, RUN_RETRY_SECONDS)

    def _run_once(self) -> None:
        wait = self._next - time.monotonic()
        if wait > 0:
            socketio.sleep(wait)  # first: under load something has come meanwhile
        if not self._wake.is_set():
            self._wake.wait(COMMIT_RETRY_SECONDS)
            self._next = time.monotonic()
        self._wake.clear()
        counts.COMMIT_LATE_SECONDS.note(time.monotonic() - self._next)
        self.flush()
        for_others = OTHERS_SHARE * self._interval_seconds
        self._next = max(self._next + self._interval_seconds, time.monotonic() + for_others)

    def flush(self) -> None:
        """Take what is pending, store it in one transaction, mark it committed, and emit it.

        What could not be stored before is a transaction of its own: it may have to wait again.
        """
        for batch in self._take():
            began = time.monotonic()
            if batch and (error := self._store(batch)):
                self._failures.handle(batch, error, began)
                self.wake()

    def _take(self) -> tuple[Batch, Batch]:
        """Return what there is to commit now, and what of that could not be stored before."""
        now = time.monotonic()
        candidates = [each for each in list(self.answers.values()) if each.retry_at <= now]
        answers = [answer for answer in candidates if answer.has_pending]
        later = _ending_later(answers)
        if later:
            self.wake()
        batch = [self._pending(answer, may_end=answer not in later) for answer in answers]
        taken = [pending for pending in batch if pending and (pending.pieces or pending.ending)]
        return (
            [pending for pending in taken if pending.answer.failing_since is None],
            [pending for pending in taken if pending.answer.failing_since is not None],
        )

    def _pending(self, answer: Answer, *, may_end: bool) -> Pending | None:
        """Return what one answer has to commit; an error ends that answer, and no other."""
        pending, error = attempt(lambda: answer.pending(may_end=may_end))
        if error:
            self._failures.isolate(answer, error)
            self.wake()
        return pending

    def _store(self, batch: Batch) -> BaseException | None:
        """Store a batch and emit it; return the error where it can't be stored."""
        began = time.monotonic()
        stored, error = attempt(
            lambda: write_directly(
                lambda it: store(it, batch), give_up_seconds=TRY_SECONDS, reserved=True
            )
        )
        if stored is None:
            counts.COMMIT_FAILURES.value += 1
        else:
            self._succeeded_at = time.monotonic()
            counts.COMMITS.value += 1
            counts.COMMIT_SECONDS.note(time.monotonic() - began)
            self._failures.note_success()
            self._finish(batch, stored)
        return error

    def _finish(self, batch: Batch, stored: Stored) -> None:
        """Mark as committed what is stored, emit it, and remove the answers that have ended. What
        is locked is part of a later commit."""
        committed_at = time.monotonic()
        here = [pending for pending in batch if pending.message_id in stored.stats]
        received = [(each, each.answer.waiting_since) for each in here]
        for pending in here:
            pending.answer.mark_committed(pending)
        for pending in batch:
            if pending.message_id in stored.locked:
                self._failures.hold(pending.answer)
                self.wake()
                continue
            if pending.message_id in stored.stats:
                self._emit(pending, stored.stats[pending.message_id])
            if pending.ending or pending.message_id not in stored.stats:
                self.remove(pending.message_id)
        note_stored(received, committed_at)

    def _emit(self, pending: Pending, stats: Stats) -> None:
        """Emit what was stored of one answer, if it was shown when that was committed; an error
        ends that answer, and no other.

        Where it has ended already its readers join again, to learn of that.
        """
        answer = pending.answer
        if not answer.is_shown:
            return
        _, error = attempt(lambda: _emit(pending, stats))
        if error is None:
            return
        logger.error("Message %s could not be sent.", answer.public_id, exc_info=error)
        if pending.ending:
            counts.REJOINS.add("event_failed")
            rejoin_soon(answer.conversation_id)
        else:
            answer.fail(NOT_SENT)
            self.wake()


def _ending_later(answers: Iterable[Answer]) -> set[Answer]:
    """Return those whose end is part of a later commit.

    The longer an answer, the longer it takes to end it. When many end at once, most of them do so
    later, so that nobody's text waits for their endings.
    """
    ending = [answer for answer in answers if answer.ending]
    characters = accumulate(answer.length for answer in ending)
    longest = sum(end <= ENDED_CHARACTERS_PER_COMMIT for end in characters)
    return set(ending[max(1, min(longest, ENDINGS_PER_COMMIT)) :])


def store(connection: Connection, batch: Batch) -> Stored:
    """Write the entries and endings of what is still streaming, in the caller's transaction."""
    deltas = {pending.message_id: pending.delta for pending in batch}
    streaming = append(connection, deltas)
    locked = locked_among(connection, deltas.keys() - streaming.keys())
    batch = [pending for pending in batch if pending.message_id in streaming]
    for pending in batch:
        pending.answer.public_id, pending.answer.is_shown = streaming[pending.message_id]
    thought_ms = {p.message_id: p.thought_ms for p in batch if p.thought_ms is not None}
    store_thought_ms(connection, thought_ms)
    return Stored({pending.message_id: _stats(connection, pending) for pending in batch}, locked)


def _stats(connection: Connection, pending: Pending) -> Stats:
    """Return the stats that are sent with a stored entry; end the answer if it is the last one."""
    if pending.ending:
        return fold(connection, pending.ending, pending.delta.seq)
    return {} if pending.thought_ms is None else {"thought_ms": pending.thought_ms}


def _emit(pending: Pending, stats: Stats) -> None:
    answer, ending = pending.answer, pending.ending
    status = ending.status if ending else Status.STREAMING
    error, note = (ending.error, ending.note) if ending else (None, None)
    about = (answer.public_id, answer.conversation_id, pending.delta, status, error, note, stats)
    payload = progress_payload(*about, is_cut=ending is not None and ending.is_cut)
    if ending:
        emit.streaming_end(payload)
    else:
        emit.chunk(payload)
