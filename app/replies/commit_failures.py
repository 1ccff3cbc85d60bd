"""What happens to a group commit that fails: nothing is lost while it may still succeed, and an
answer that can't be stored does not affect the others."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app import database_failures
from app.database import read
from app.errors import Locked, Unavailable, attempt
from app.extensions import db, socketio
from app.models import Message
from app.models.log import read_entry
from app.models.stats import Stats
from app.replies.in_flight import Answer, Pending, Stored

logger = logging.getLogger(__name__)

COMMIT_RETRY_SECONDS = 0.5
LOCK_RETRY_SECONDS = 0.05  # the lock of a renewed lease is held for milliseconds
LONG_LOCK_SECONDS = 1.0  # is worth a line of the log
STORE_TIMEOUT_SECONDS = 5.0  # while others can be stored; a try that has begun by then is finished
TRY_SECONDS = 2.0  # for one try, while another process holds the database
GIVEN_UP = "%d answers could not be stored for %.0f s, so they were ended."
NOT_STORED = "The answer could not be stored, so it was ended here."

Batch = Sequence[Pending]
WAITED = (Unavailable, PoolTimeoutError)  # for the database: each answer would wait as long


class NextEntry(NamedTuple):
    """A stored entry: what of the answer makes it, None where that is nothing; and its stats."""

    pending: Pending | None
    stats: Stats


class CommitFailures:
    """Decides what becomes of a batch that could not be stored.

    `store(batch)` stores and emits a batch; it returns the error where it can't. `finish(batch,
    stored)` marks these as committed and emits them. `remove(message_id)` drops an answer. After
    `patience_seconds` without a database an answer fails.
    """

    def __init__(
        self,
        *,
        store: Callable[[Batch], BaseException | None],
        finish: Callable[[Batch, Stored], None],
        remove: Callable[[int], None],
        patience_seconds: float,
    ) -> None:
        self._store = store
        self._finish = finish
        self._remove = remove
        self._patience_seconds = patience_seconds
        self._given_up: list[float] = []  # since the last line about it: after how many seconds
        self._written_at = float("-inf")

    def note_success(self) -> None:
        """The database has just been written."""
        self._written_at = time.monotonic()

    def handle(self, batch: Batch, error: BaseException, began: float) -> None:
        """Deal with a batch whose commit, begun at this monotonic time, raised `error`.

        What is left of it stays with its answers, and is part of a later commit.
        """
        failed = dict(self._store_parts(batch, error))
        for answer, each in failed.items():
            if _may_pass(each):
                self._try_later(answer, each, began)
            elif isinstance(each, IntegrityError):
                self._resolve_conflict(answer, each, began)
            else:
                self.isolate(answer, each)
        self._log_given_up()
        if any(self._needs_the_database(answer, each) for answer, each in failed.items()):
            socketio.sleep(COMMIT_RETRY_SECONDS)  # what comes meanwhile is part of the next try

    def hold(self, answer: Answer) -> None:
        """Try an answer again in a moment that another transaction has locked: it waits alone."""
        self._try_later(answer, Locked(), time.monotonic())
        self._log_given_up()
        answer.retry_at = time.monotonic() + LOCK_RETRY_SECONDS

    def isolate(self, answer: Answer, error: BaseException) -> None:
        """End the one answer that can't be stored."""
        cause = type(error).__name__
        if answer.has_failed:
            logger.error(
                "The end of message %s could not be stored (%s). It will be interrupted when its "
                "lease expires.",
                answer.public_id,
                cause,
            )
            self._remove(answer.message_id)
        else:
            logger.error("Message %s could not be stored: %s", answer.public_id, cause)
            answer.fail(NOT_STORED)

    def _store_parts(
        self, batch: Batch, error: BaseException
    ) -> Iterator[tuple[Answer, BaseException]]:
        """Store the parts of a batch that can be stored; yield the answers that can't, and why."""
        if len(batch) == 1 or type(error) in WAITED:
            yield from ((pending.answer, error) for pending in batch)
        elif isinstance(error, Locked):
            yield from self._store_texts_first(batch, error)
        else:
            yield from self._store_each(batch)

    def _store_texts_first(
        self, batch: Batch, error: BaseException
    ) -> Iterator[tuple[Answer, BaseException]]:
        """Store what only adds text in one transaction, then the endings: to end an answer takes
        more tables, of which one may be locked."""
        texts = [pending for pending in batch if not pending.ending]
        endings = [pending for pending in batch if pending.ending]
        failure = self._store(texts) if texts and endings else error
        if failure:
            yield from ((pending.answer, failure) for pending in texts)
        yield from self._store_each(endings)

    def _store_each(self, batch: Batch) -> Iterator[tuple[Answer, BaseException]]:
        """Store the answers one by one, until one has waited for the database: each would wait as
        long. Yield those that can't be stored, and why."""
        waited: BaseException | None = None
        for pending in batch:
            if waited is None:
                socketio.sleep(0)  # many transactions in a row must not hold up everybody else
            error = waited or self._store([pending])
            if error:
                yield pending.answer, error
            if isinstance(error, WAITED):
                waited = error

    def _try_later(self, answer: Answer, error: BaseException, began: float) -> None:
        """Try again in a moment; after a while of failures, fail the answer: soon where others can
        be stored, and not before DATABASE_PATIENCE_SECONDS where it waits for the database.

        It ends with the text that is stored: what can't be stored is never sent. Its ending is
        stored as soon as that is possible.
        """
        now, since = time.monotonic(), answer.failing_since
        answer.retry_at = now + COMMIT_RETRY_SECONDS
        if since is None:
            answer.failing_since = began
            return _log(answer, error)
        is_locked = isinstance(error, Locked)
        if is_locked and now - since > LONG_LOCK_SECONDS:
            database_failures.note_lock()
        waits = is_locked or self._needs_the_database(answer, error)
        longest = self._patience_seconds if waits else STORE_TIMEOUT_SECONDS
        if now - since <= longest:
            return
        if not waits:
            self.isolate(answer, error)
        elif not answer.has_failed:
            self._given_up.append(now - since)
            answer.fail(NOT_STORED)

    def _log_given_up(self) -> None:
        """Log how many answers were ended that have waited for the database: all have the same
        trouble, and there may be hundreds."""
        if self._given_up:
            logger.error(GIVEN_UP, len(self._given_up), max(self._given_up))
            self._given_up.clear()

    def _needs_the_database(self, answer: Answer, error: BaseException) -> bool:
        """Return whether nothing could be written since the answer can't be stored; a lock is that
        answer's own trouble."""
        since = answer.failing_since
        return since is not None and self._written_at < since and not isinstance(error, Locked)

    def _resolve_conflict(self, answer: Answer, error: BaseException, began: float) -> None:
        """Deal with an answer whose next entry is perhaps stored: by a commit that seemed to fail,
        or by another writer."""
        entry, failure = attempt(lambda: read(lambda: _next_entry(answer)))
        if failure:
            self._try_later(answer, failure, began)
        elif entry is None:
            self.isolate(answer, error)
        elif entry.pending:
            self._finish([entry.pending], Stored({answer.message_id: entry.stats}))
        else:
            logger.error("Message %s has another writer.", answer.public_id)
            self._remove(answer.message_id)


def _log(answer: Answer, error: BaseException) -> None:
    """Log why an answer can't be stored, unless that is so for all of them and in the log."""
    if not isinstance(error, WAITED):
        cause = error.orig if isinstance(error, DBAPIError) else error  # without the values
        logger.error("Message %s can't be stored yet: %s.", answer.public_id, cause)


def _may_pass(error: BaseException) -> bool:
    """Return whether the database can't be used at this time; else it is about the values."""
    is_about_values = isinstance(error, IntegrityError | DataError)
    return isinstance(error, (DBAPIError, *WAITED)) and not is_about_values


def _next_entry(answer: Answer) -> NextEntry | None:
    """Return the answer's next entry if it is stored already. In the caller's transaction."""
    entry = read_entry(answer.message_id, answer.seq + 1)
    if entry is None:
        return None
    pending = answer.pending_as(entry)
    if pending is None or answer.thought_ms is not None or not pending.delta.content:
        return NextEntry(pending, {})
    thought_ms = db.session.get_one(Message, answer.message_id).thought_ms
    return NextEntry(pending, {} if thought_ms is None else {"thought_ms": thought_ms})
