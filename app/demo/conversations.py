"""Generates the demo's conversations: first the stories, then mixtures of them.

The same seed gives the same conversations with the same ids, so a later run can continue.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random

from app.demo.stories import Exchange, Story, all_stories

FIRST_DAY = datetime(2024, 3, 18, 9, tzinfo=UTC)  # the stories speak of the weeks before
INTERVAL = timedelta(minutes=7)  # from the start of a conversation to the start of the next
CHARACTER = timedelta(milliseconds=15)  # that a model thinks or writes
READING = timedelta(minutes=1)  # from the end of an answer to the next question
MAX_EXCHANGES = 60
AUTHORS = (("Olive",), ("Olive", "Max"), ("Max", "Olive"), ("Eve",))
OPENINGS = (
    "",
    "Good question.\n\n",
    "In short: yes, with one reservation.\n\n",
    "Here is how I would go about it.\n\n",
    "Let me start with the part that matters most.\n\n",
    "There are two ways to see this; I take the simpler one.\n\n",
)
CLOSINGS = (
    "",
    "\n\nShall I go into more detail?",
    "\n\nTell me if your case is different.",
    "\n\n*If anything here is unclear, ask: it is probably my wording.*",
)


@dataclass(frozen=True, slots=True)
class DemoMessage:
    """A question by the user named `author`, or an answer: then `author` is None."""

    public_id: str
    author: str | None
    content: str
    created_at: datetime
    thinking: str = ""
    thought_ms: int | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DemoConversation:
    """Questions and answers in turn. The author of the first question is the owner."""

    public_id: str
    title: str
    created_at: datetime
    messages: tuple[DemoMessage, ...]


def generate(size: int, seed: int) -> Iterator[DemoConversation]:
    """Yield conversations of `size` messages in total.

    The last conversation is cut short where that is needed, also between question and answer.
    """
    for number in count():
        if size <= 0:
            return
        conversation = _conversation(number, Random(f"midstream {seed} {number}"))
        messages = conversation.messages[:size]
        yield replace(conversation, messages=messages)
        size -= len(messages)


def size_of_stories() -> int:
    """Return how many messages the stories have in total."""
    return sum(2 * len(story.exchanges) for story in all_stories())


def _conversation(number: int, rng: Random) -> DemoConversation:
    stories = all_stories()
    story = stories[number] if number < len(stories) else _mixture(number, rng)
    created_at = FIRST_DAY + number * INTERVAL
    return DemoConversation(
        public_id=_public_id(rng),
        title=story.title,
        created_at=created_at,
        messages=tuple(_messages(story.exchanges, created_at, rng)),
    )


def _messages(
    exchanges: Sequence[Exchange], asked_at: datetime, rng: Random
) -> Iterator[DemoMessage]:
    for exchange in exchanges:
        yield DemoMessage(_public_id(rng), exchange.author, exchange.question, asked_at)
        answered_at = asked_at + timedelta(seconds=1)
        thought_for = (1 + len(exchange.thinking)) * CHARACTER
        ended_at = answered_at + thought_for + len(exchange.answer) * CHARACTER
        yield DemoMessage(
            public_id=_public_id(rng),
            author=None,
            content=exchange.answer,
            created_at=answered_at,
            thinking=exchange.thinking,
            thought_ms=thought_for // timedelta(milliseconds=1),
            ended_at=ended_at,
        )
        asked_at = ended_at + READING


def _public_id(rng: Random) -> str:
    return f"{rng.getrandbits(128):032x}"


def _mixture(number: int, rng: Random) -> Story:
    title = rng.choice(all_stories()).title
    exchanges = [exchange for story in all_stories() for exchange in story.exchanges]
    authors = rng.choice(AUTHORS)
    length = rng.randint(1, MAX_EXCHANGES)
    return Story(
        f"{title} ({number})",
        tuple(_vary(rng.choice(exchanges), rng.choice(authors), rng) for _ in range(length)),
    )


def _vary(exchange: Exchange, author: str, rng: Random) -> Exchange:
    answer = rng.choice(OPENINGS) + exchange.answer + rng.choice(CLOSINGS)
    return exchange._replace(author=author, answer=answer)
