"""An answer in flight: what was received of it and is not committed yet."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from threading import Event as Signal
from typing import NamedTuple

from app.errors import attempt
from app.models import Status
from app.models.columns import now
from app.models.ending import Ending
from app.models.log import Delta
from app.models.stats import Stats, ms_between
from app.providers import Piece, Text, Thinking, Usage
from app.replies.held_back import HeldBack, size_of
from app.tracing import Span

logger = logging.getLogger(__name__)

ANSWER_LENGTH = 1_000_000  # characters, with the thinking
TOO_LONG = f"The answer was ended at the limit of {ANSWER_LENGTH:,} characters."
HELD_TOO_MUCH = (
    "The server could not store the answer fast enough, so it was ended here. It can be retried."
)


class Pending(NamedTuple):
    """What one commit takes from an answer: its next log entry, and perhaps its end."""

    answer: Answer
    pieces: int  # how many of the answer's pieces are in the delta
    delta: Delta
    ending: Ending | None = None
    thought_ms: int | None = None  # with the first content

    @property
    def message_id(self) -> int:
        """Return the key of the message."""
        return self.answer.message_id


class Stored(NamedTuple):
    """What one commit has done: by message key, the stats that are sent with the stored text; and
    the keys of messages that another transaction has locked, of which nothing is stored.

    A message in neither had already ended: another task has ended it, or an earlier commit that
    seemed to fail has stored it.
    """

    stats: Mapping[int, Stats]
    locked: Collection[int] = ()


@dataclass(slots=True, eq=False)
class Answer:
    """The task that receives an answer adds pieces and ends it; the group commit stores them.

    A piece is pending from `add` until the group commit has stored it and calls `mark_committed`,
    so a commit that fails loses nothing. The answer as a whole goes through these states:

    - streaming: `ending` is None, and pieces are added;
    - ending: `ending` is set, by `end` or, where its text can't be stored or sent, by `fail`.
      Nothing more is added. What is pending is committed together with the ending;
    - finished: `finished` is set, by `finish`. The ending is in the database, written by this
      process or by another one, and the task goes on to what follows.

    `close_stream` closes the model's stream. `fail` and `finish` cancel it, so that the task stops
    waiting for the model.

    When another version is chosen in its place it is not shown any more, and goes on all the same;
    when it is shown again it has another `public_id`. Both are as the last commit found them.

    The task and the group commit may be threads; each list operation used here is atomic.
    """

    message_id: int
    public_id: str
    conversation_id: str  # the public one
    began_at: datetime = field(default_factory=now)
    model: str = ""
    is_shown: bool = True
    close_stream: Callable[[], None] = lambda: None
    wake: Callable[[], None] = lambda: None  # the group commit, which takes what was added
    held_back: HeldBack = field(default_factory=lambda: HeldBack(inf))  # with all others' text
    seq: int = 0
    length: int = 0
    pieces: list[Piece] = field(default_factory=list)
    usage: Usage | None = None
    note: str | None = None  # what readers are told if it is not all that was meant
    is_cut: bool = False  # at its model's length limit
    ending: Ending | None = None
    started_at: float = field(default_factory=time.monotonic)
    asked_at: float | None = None  # by the monotonic clock: when its model was asked
    first_at: float | None = None  # and when that has begun to say something
    waiting_since: float | None = None  # by the monotonic clock: what is not committed yet
    has_failed: bool = False  # a part could not be stored, so nothing after it may be
    failing_since: float | None = None  # by the monotonic clock: it can't be stored at this time
    retry_at: float = 0.0  # no commit takes it before
    thought_ms: int | None = None
    span: Span | None = None  # where there are traces
    finished: Signal = field(default_factory=Signal)

    @property
    def has_pending(self) -> bool:
        """Return whether there is anything to commit."""
        return bool(self.pieces) or self.ending is not None

    @property
    def is_over(self) -> bool:
        """Return whether it has ended, here or elsewhere: then nothing more is received."""
        return self.ending is not None or self.finished.is_set()

    @property
    def first_token_seconds(self) -> float | None:
        """Return how long its model took to say anything; None where it has not."""
        if self.asked_at is None or self.first_at is None:
            return None
        return self.first_at - self.asked_at

    def note_pending(self) -> None:
        """Remember when it began to wait for a commit, if it has not been waiting already."""
        if self.waiting_since is None:
            self.waiting_since = time.monotonic()

    def add(self, piece: Piece) -> bool:
        """Add what was received, up to the limit; False when that is reached, or it is over.

        It ends where this process can hold back no more: what it has is stored with its end.
        """
        if self.is_over:
            return False
        room = ANSWER_LENGTH - self.length
        fits = len(piece.text) <= room
        kept = piece if fits else type(piece)(piece.text[:room])
        if kept.text:
            if not self.held_back.take(self.message_id, size_of([kept])):
                self.end(Status.FAILED, HELD_TOO_MUCH)
                return False
            self.length += len(kept.text)
            self.note_pending()
            if self.first_at is None:
                self.first_at = self.waiting_since
            self.pieces.append(kept)
        return fits

    def end(self, status: Status, error: str | None = None) -> None:
        """End it; the first call wins."""
        if self.ending is None:
            self.note_pending()
            usage = self.usage or Usage(None, None)
            self.ending = Ending(
                self.message_id,
                status,
                error,
                self.note if status == Status.COMPLETE else None,
                usage.input_tokens,
                usage.output_tokens,
                is_cut=self.is_cut and status == Status.COMPLETE,
            )

    def fail(self, sentence: str) -> None:
        """Drop what could not be committed, and end with this error instead."""
        self.ending = Ending(self.message_id, Status.FAILED, error=sentence)
        self.has_failed = True  # before the pieces are removed: another thread may be adding one
        self.failing_since = None  # its ending has not been tried yet
        self.held_back.give_back(self.message_id, size_of(self.pieces))
        self.pieces.clear()
        self.cancel()

    def cancel(self) -> None:
        """Close the model's stream, whatever state it is in."""
        _, error = attempt(self.close_stream)
        if error:
            logger.error("Message %s: its stream was not closed.", self.public_id, exc_info=error)

    def pending(self, *, may_end: bool = True) -> Pending:
        """Return what there is to commit, with the ending if it may end now."""
        ending = self.ending if may_end else None  # first: pieces added from now on come after it
        count = 0 if self.has_failed else len(self.pieces)
        return self._pending(count, ending)

    def pending_as(self, entry: Delta) -> Pending | None:
        """Return the pending pieces that make this log entry; None if no number of them does."""
        counts = range(1, len(self.pieces) + 1)
        candidates = (self._pending(count) for count in counts)
        return next((each for each in candidates if each.delta == entry), None)

    def mark_committed(self, pending: Pending) -> None:
        """Remove the pieces that are in the database now."""
        self.waiting_since = None  # what has come since then has not waited for long
        self.failing_since = None
        self.held_back.give_back(self.message_id, size_of(self.pieces[: pending.pieces]))
        del self.pieces[: pending.pieces]
        if self.has_pending:
            self.note_pending()
        self.seq = pending.delta.seq
        if self.thought_ms is None:
            self.thought_ms = pending.thought_ms

    def finish(self) -> None:
        """Stop receiving and wake the task: the ending is in the database."""
        self.finished.set()  # first: the task sets `close_stream`, then checks `is_over`
        self.cancel()

    def _pending(self, count: int, ending: Ending | None = None) -> Pending:
        pieces = self.pieces[:count]
        content = "".join(piece.text for piece in pieces if isinstance(piece, Text))
        thinking = "".join(piece.text for piece in pieces if isinstance(piece, Thinking))
        delta = Delta(self.seq, self.seq + 1, content, thinking)
        is_first = bool(content) and self.thought_ms is None
        thought_ms = ms_between(self.began_at, now()) if is_first else None
        return Pending(self, count, delta, ending, thought_ms)
