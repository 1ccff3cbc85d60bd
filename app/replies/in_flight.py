"""One answer on its way through this process: what was received and is not committed yet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event as Signal

from app.models import Status
from app.models.columns import now
from app.models.ending import Ending
from app.models.log import Addition
from app.models.stats import ms_between

ANSWER_LENGTH = 1_000_000
TOO_LONG = f"The answer was ended at the limit of {ANSWER_LENGTH:,} characters."


@dataclass(frozen=True, slots=True)
class Fragment:
    """Text as it came; one of the two is empty."""

    content: str = ""
    thinking: str = ""


@dataclass(slots=True)
class Taken:
    """What one beat takes from an answer: some fragments, and perhaps its end."""

    answer: Answer
    fragments: list[Fragment]
    ending: Ending | None
    thought_ms: int | None = None  # with the first content

    @property
    def content(self) -> str:
        """Return the text to add to the content."""
        return "".join(fragment.content for fragment in self.fragments)

    @property
    def thinking(self) -> str:
        """Return the text to add to the thinking."""
        return "".join(fragment.thinking for fragment in self.fragments)

    @property
    def addition(self) -> Addition:
        """Return it as the log's next entry."""
        answer = self.answer
        return Addition(answer.message_id, answer.seq + 1, self.content, self.thinking)


@dataclass(slots=True, eq=False)
class Answer:
    """The task that receives it adds fragments and decides its ending; the beat takes them.

    Both may be threads. Fragments stay here until they are committed, so that a commit which
    fails loses nothing; each list operation used is atomic.
    """

    message_id: int
    public_id: str
    conversation_public_id: str
    began_at: datetime = field(default_factory=now)
    hang_up: Callable[[], None] = lambda: None
    seq: int = 0
    length: int = 0
    fragments: list[Fragment] = field(default_factory=list)
    usage: tuple[int | None, int | None] = (None, None)
    ending: Ending | None = None
    is_lost: bool = False  # something of it could not be stored, so nothing after it may be
    thought_ms: int | None = None
    settled: Signal = field(default_factory=Signal)

    @property
    def has_news(self) -> bool:
        """Say whether there is anything to commit."""
        return bool(self.fragments) or self.ending is not None

    @property
    def is_over(self) -> bool:
        """Say whether anybody has ended it, so that there is no more to receive."""
        return self.ending is not None or self.settled.is_set()

    def add(self, fragment: Fragment) -> bool:
        """Take what was received, up to the limit; False when that is reached, or it is over."""
        if self.is_over:
            return False
        room = ANSWER_LENGTH - self.length
        kept = Fragment(fragment.content[:room], fragment.thinking[:room])
        self.length += len(kept.content) + len(kept.thinking)
        if kept != Fragment():
            self.fragments.append(kept)
        return kept == fragment

    def end(self, status: Status, error: str | None = None) -> None:
        """Say how it ended; the first word counts."""
        if self.ending is None:
            used, written = self.usage
            self.ending = Ending(
                self.message_id, status, error=error, input_tokens=used, output_tokens=written
            )

    def fail(self, sentence: str) -> None:
        """Let go of what could not be committed, and end with a sentence instead."""
        self.ending = Ending(self.message_id, Status.FAILED, error=sentence)
        self.is_lost = True  # another thread may be adding just now
        self.fragments.clear()
        self.hang_up()

    def take(self, *, may_end: bool = True) -> Taken:
        """Return what there is to commit, ending included if it may end now."""
        ending = self.ending if may_end else None  # read first: what is added after it is not in it
        taken = Taken(self, [] if self.is_lost else list(self.fragments), ending)
        if self.thought_ms is None and taken.content:
            taken.thought_ms = ms_between(self.began_at, now())
        return taken

    def committed(self, taken: Taken) -> None:
        """Let go of what is in the database now."""
        del self.fragments[: len(taken.fragments)]
        self.seq += 1
        self.thought_ms = self.thought_ms or taken.thought_ms

    def taken_as(self, entry: Addition) -> Taken | None:
        """Return the fragments that are this entry of its log; None if it isn't of ours."""
        for count in range(1, len(self.fragments) + 1):
            taken = Taken(self, self.fragments[:count], None)
            if taken.addition == entry:
                return taken
        return None

    def settle(self) -> None:
        """It has ended, by us or by somebody else: stop receiving, let the task go on."""
        self.settled.set()  # first: whoever sets what hangs up looks at this afterwards
        self.hang_up()
