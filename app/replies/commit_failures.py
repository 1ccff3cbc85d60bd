"""What happens to a group commit that fails: nothing is lost while it may still succeed, and one
answer's trouble stays its own."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence

from sqlalchemy.exc import DatabaseError, DataError, IntegrityError

from app.database import read
from app.errors import Unavailable
from app.extensions import db, socketio
from app.models import Message
from app.models.log import read_entry
from app.models.stats import Stats
from app.replies.in_flight import Answer, Pending

logger = logging.getLogger(__name__)

RETRY_SECONDS = 0.5
STORE_TIMEOUT_SECONDS = 5.0
NOT_STORED = "The answer could not be stored, so it was ended here."

Batch = Sequence[Pending]


class CommitFailures:
    """Decides what becomes of a batch that could not be stored.

    `commit` stores a batch; `finish` marks a stored batch as committed, and removes the answers
    that are not in its second argument.
    """

    def __init__(
        self,
        commit: Callable[[Batch], None],
        finish: Callable[[Batch, dict[int, Stats]], None],
    ) -> None:
        self._commit = commit
        self._finish = finish
        self._failing_since: float | None = None

    def reset(self) -> None:
        """A commit has succeeded."""
        self._failing_since = None

    def handle(self, batch: Batch, error: Exception) -> None:
        """Deal with a batch whose commit raised `error`; what is left of it is committed again."""
        if _concerns_all(error):
            self._postpone(batch, error)
        elif len(batch) > 1:
            for pending in batch:
                self._commit([pending])
        else:
            self._isolate(batch[0].answer, error)

    def _postpone(self, batch: Batch, error: Exception) -> None:
        """Wait a moment; after too long give these answers up.

        Text that can't be stored is not sent: they end as failed, once that can be stored.
        """
        if self._failing_since is None:
            self._failing_since = time.monotonic()
            logger.error("Nothing can be stored: %s. It will be tried again.", _cause(error))
        elif time.monotonic() - self._failing_since > STORE_TIMEOUT_SECONDS:
            for pending in batch:
                _give_up(pending.answer)
        socketio.sleep(RETRY_SECONDS)

    def _isolate(self, answer: Answer, error: Exception) -> None:
        """Deal with the one answer that can't be stored."""
        if isinstance(error, IntegrityError) and (found := read(lambda: _already_stored(answer))):
            self._finish([found[0]], {answer.message_id: found[1]})
        elif isinstance(error, IntegrityError) or answer.has_failed:
            logger.error("Message %s is not ours to write any more.", answer.public_id)
            self._finish([answer.pending()], {})
        else:
            logger.error("Message %s: %s", answer.public_id, type(error).__name__)
            _give_up(answer)


def _concerns_all(error: Exception) -> bool:
    """Return whether the database itself is in trouble, rather than one answer."""
    is_ones_own = isinstance(error, IntegrityError | DataError)
    return isinstance(error, DatabaseError | Unavailable) and not is_ones_own


def _already_stored(answer: Answer) -> tuple[Pending, Stats] | None:
    """Return what is the answer's next entry already: ours, though the commit seemed to fail.

    None where the entry is not ours: then the answer has another writer. In the caller's
    transaction.
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
    return error.orig if isinstance(error, DatabaseError) else error
