"""What happens to a group commit that fails: nothing is lost while it may still succeed, and an
answer that can't be stored does not affect the others."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.database import read
from app.errors import Unavailable
from app.extensions import db, socketio
from app.models import Message
from app.models.log import read_entry
from app.models.stats import Stats
from app.replies.in_flight import Answer, Pending

logger = logging.getLogger(__name__)

COMMIT_RETRY_SECONDS = 0.5
STORE_TIMEOUT_SECONDS = 5.0  # a try that has begun by then is finished
TRY_SECONDS = 2.0  # for one try, while another process holds the database
NOT_STORED = "The answer could not be stored, so it was ended here."

Batch = Sequence[Pending]


class CommitFailures:
    """Decides what becomes of a batch that could not be stored.

    `commit(batch)` stores a batch. `finish(batch, stored)` marks the answers in `stored` as
    committed and emits them; an answer of the batch that is missing from `stored` is removed.
    """

    def __init__(
        self,
        *,
        commit: Callable[[Batch], None],
        finish: Callable[[Batch, dict[int, Stats]], None],
    ) -> None:
        self._commit = commit
        self._finish = finish
        self._failing_since: float | None = None

    def reset(self) -> None:
        """A commit has succeeded."""
        self._failing_since = None

    def handle(self, batch: Batch, error: Exception, began: float) -> None:
        """Deal with a batch whose commit, begun at this monotonic time, raised `error`.

        What is left of it stays with its answers, and is part of a later commit.
        """
        if _concerns_all(error):
            self._postpone(batch, error, began)
        elif len(batch) > 1:
            for pending in batch:
                self._commit([pending])
        else:
            self._isolate(batch[0].answer, error)

    def _postpone(self, batch: Batch, error: Exception, began: float) -> None:
        """Wait before the next try. After STORE_TIMEOUT_SECONDS of failures, fail these answers.

        They end with the text that is stored: what can't be stored is never sent. Their endings
        are stored as soon as that is possible.
        """
        if self._failing_since is None:
            self._failing_since = began
            logger.error("Nothing can be stored: %s. It will be tried again.", _cause(error))
        if time.monotonic() - self._failing_since > STORE_TIMEOUT_SECONDS:
            for pending in batch:
                _give_up(pending.answer)
        socketio.sleep(COMMIT_RETRY_SECONDS)

    def _isolate(self, answer: Answer, error: Exception) -> None:
        """Deal with the one answer that can't be stored."""
        if isinstance(error, IntegrityError):
            if found := read(lambda: _already_stored(answer)):
                pending, stats = found
                self._finish([pending], {answer.message_id: stats})
            else:
                logger.error("Message %s has another writer.", answer.public_id)
                self._remove(answer)
        elif answer.has_failed:
            logger.error(
                "The end of message %s could not be stored (%s). It will be interrupted when its "
                "lease expires.",
                answer.public_id,
                type(error).__name__,
            )
            self._remove(answer)
        else:
            logger.error("Message %s: %s", answer.public_id, type(error).__name__)
            _give_up(answer)

    def _remove(self, answer: Answer) -> None:
        self._finish([answer.pending()], {})


def _concerns_all(error: Exception) -> bool:
    """Return whether the database can't be used, rather than one answer can't be stored."""
    is_about_values = isinstance(error, IntegrityError | DataError)
    return isinstance(error, DBAPIError | PoolTimeoutError | Unavailable) and not is_about_values


def _already_stored(answer: Answer) -> tuple[Pending, Stats] | None:
    """Return the answer's next entry if a commit that seemed to fail has stored it.

    None where another process has written that entry. In the caller's transaction.
    """
    entry = read_entry(answer.message_id, answer.seq + 1)
    pending = answer.pending_as(entry) if entry else None
    if pending is None:
        return None
    thought_ms = None
    if answer.thought_ms is None and pending.delta.content:
        thought_ms = db.session.get_one(Message, answer.message_id).thought_ms
    return pending, {} if thought_ms is None else {"thought_ms": thought_ms}


def _give_up(answer: Answer) -> None:
    if not answer.has_failed:
        logger.error("Message %s could not be stored, so it ends here.", answer.public_id)
        answer.fail(NOT_STORED)


def _cause(error: Exception) -> object:
    """Return the database's own message, which contains nothing of what was to be stored."""
    return error.orig if isinstance(error, DBAPIError) else error
