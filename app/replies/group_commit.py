"""The beat: what all answers of this process received since the last one is committed in one
transaction, and only then broadcast."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from threading import Event as Signal

from sqlalchemy.exc import DatabaseError, DataError, IntegrityError

from app.background import run_periodically
from app.database import read, write
from app.errors import Unavailable
from app.extensions import socketio
from app.replies.broadcasting import broadcast
from app.replies.in_flight import Answer, Taken
from app.replies.storing import Outcome, store, stored_before

logger = logging.getLogger(__name__)

IDLE_SECONDS = 1.0
PAUSE_SECONDS = 0.5
ENDINGS_PER_BEAT = 10
STORE_TIMEOUT_SECONDS = 5.0
NOT_STORED = "The answer could not be stored, so it was ended here."


class Beat:
    """The one writer of this process's answers."""

    def __init__(self, seconds: float) -> None:
        self.answers: dict[int, Answer] = {}
        self._seconds = seconds
        self._news = Signal()
        self._last = 0.0
        self._failing_since: float | None = None

    def carry(self, answer: Answer) -> None:
        """Take an answer on: from now on what it receives is committed and broadcast."""
        self.answers[answer.message_id] = answer

    def drop(self, message_id: int) -> None:
        """Let go of an answer that somebody else has ended."""
        answer = self.answers.pop(message_id, None)
        if answer:
            answer.settle()

    def ring(self) -> None:
        """Say that an answer has news: after silence it goes out at once."""
        self._news.set()

    def run(self) -> None:
        """Beat for ever: at once after silence, at most once every `seconds` under load."""
        run_periodically(self._beat, 0, PAUSE_SECONDS)

    def _beat(self) -> None:
        self._news.wait(IDLE_SECONDS)
        wait = self._last + self._seconds - time.monotonic()
        if wait > 0:
            socketio.sleep(wait)
        self._news.clear()
        self.flush()
        self._last = time.monotonic()

    def flush(self) -> None:
        """Commit and broadcast what there is now; what can't be committed stays for later."""
        takings = self._take()
        if not takings:
            return
        try:
            self._store(takings)
            self._failing_since = None
        except (DatabaseError, Unavailable) as error:
            if self._failing_since is None:
                logger.error("Nothing can be stored: %s. The beat tries again.", _cause(error))
            self._be_patient(takings)

    def _store(self, takings: Sequence[Taken]) -> None:
        """Commit and broadcast; an answer that can't be stored must not take the others down."""
        try:
            outcomes = write(lambda: store(takings))
        except (IntegrityError, DataError) as error:
            if len(takings) == 1:
                return self._settle_alone(takings[0].answer, error)
            for taken in takings:
                self._store([taken])
        else:
            self._announce(takings, outcomes)

    def _take(self) -> list[Taken]:
        """Return what there is to commit now.

        To end an answer takes as long as to write a hundred entries. So when many end at once,
        most of them do so with a later beat, and nobody's text waits for their endings.
        """
        news = [answer for answer in list(self.answers.values()) if answer.has_news]
        later = set([answer for answer in news if answer.ending][ENDINGS_PER_BEAT:])
        if later:
            self.ring()
        takings = [answer.take(may_end=answer not in later) for answer in news]
        return [taken for taken in takings if taken.fragments or taken.ending]

    def _announce(self, takings: Sequence[Taken], outcomes: Sequence[Outcome]) -> None:
        """Broadcast what is committed by now, and let go of every answer that has ended."""
        for taken, outcome in zip(takings, outcomes, strict=True):
            if outcome is not None:
                taken.answer.committed(taken)
        for taken, outcome in zip(takings, outcomes, strict=True):
            if outcome is not None:
                broadcast(taken, outcome)
            if outcome is None or taken.ending is not None:
                self.drop(taken.answer.message_id)

    def _settle_alone(self, answer: Answer, error: IntegrityError | DataError) -> None:
        """Deal with the one answer for which the database refuses what it is to store."""
        if isinstance(error, DataError) and not answer.is_lost:
            _give_up(answer)
        elif stored := read(lambda: stored_before(answer)):
            self._announce([stored[0]], [stored[1]])
        else:
            logger.error("Message %s is not ours to write any more.", answer.public_id)
            self.drop(answer.message_id)
        self.ring()

    def _be_patient(self, takings: Sequence[Taken]) -> None:
        """Try again in a moment; after too long, give these answers up.

        What can't be stored is not shown: they end as failed, as soon as that can be stored.
        """
        self._failing_since = self._failing_since or time.monotonic()
        if time.monotonic() - self._failing_since > STORE_TIMEOUT_SECONDS:
            for taken in takings:
                _give_up(taken.answer)
        socketio.sleep(PAUSE_SECONDS)
        self._news.set()


def _give_up(answer: Answer) -> None:
    if not answer.is_lost:
        logger.error("Message %s could not be stored, so it ends here.", answer.public_id)
        answer.fail(NOT_STORED)


def _cause(error: DatabaseError | Unavailable) -> object:
    """Return what the database itself says, which holds nothing of what was to be stored."""
    return error.orig if isinstance(error, DatabaseError) else error
