"""Generates the demo's conversations: first the stories, then mixtures of them.

The same seed gives the same conversations with the same ids, so a later run can continue. They end
on the day before: the stories are of the last two weeks, and the mixtures are older.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from random import Random

from app.demo.stories import Exchange, Reply, Story, all_stories
from app.models.conversation import Asking

BETWEEN_STORIES = timedelta(days=2)  # from the start of one to the start of the next
BETWEEN_MIXTURES = timedelta(minutes=7)
MONDAY = re.compile(r"\{monday -(\d)\}")
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
    """A message of the user named `author`, or an answer: then `author` is None, `question` the id
    of what it answers, and `model` its model, None for the conversation's.

    `asks` are the models that answer a message; None: the conversation's.

    With `version_of` it is another version of the answer with that id, which is not shown.
    """

    public_id: str
    author: str | None
    content: str
    created_at: datetime
    asks: tuple[str, ...] | None = None
    question: str | None = None
    model: str | None = None
    thinking: str = ""
    thought_ms: int | None = None
    ended_at: datetime | None = None
    version_of: str | None = None


@dataclass(frozen=True, slots=True)
class DemoConversation:
    """Messages and their answers in turn, then other versions of answers. The author of the first
    message is the owner."""

    public_id: str
    title: str
    created_at: datetime
    messages: tuple[DemoMessage, ...]

    @property
    def asking(self) -> Asking:
        """Return which messages ask a model."""
        is_shared = any(message.asks == () for message in self.messages)
        return Asking.MENTIONS if is_shared else Asking.EVERY


def generate(size: int, seed: int, today: date) -> Iterator[DemoConversation]:
    """Yield conversations of `size` messages in total, as if of the days before `today`.

    The last conversation is cut short where that is needed, also between question and answer.
    """
    for number in count():
        if size <= 0:
            return
        rng = Random(f"midstream {seed} {number}")
        conversation = _conversation(number, _start_of(number, today), rng)
        messages = conversation.messages[:size]
        yield replace(conversation, messages=messages)
        size -= len(messages)


def size_of_stories() -> int:
    """Return how many messages the stories have in total."""
    exchanges = [exchange for story in all_stories() for exchange in story.exchanges]
    replies = [reply for exchange in exchanges for reply in exchange.replies]
    return len(exchanges) + len(replies) + sum(bool(reply.another) for reply in replies)


def _start_of(number: int, today: date) -> datetime:
    stories = len(all_stories())
    last = datetime.combine(today - timedelta(days=1), time(9), UTC)
    if number < stories:
        return last - (stories - 1 - number) * BETWEEN_STORIES
    return last - stories * BETWEEN_STORIES - (number - stories) * BETWEEN_MIXTURES


def _conversation(number: int, created_at: datetime, rng: Random) -> DemoConversation:
    stories = all_stories()
    story = stories[number] if number < len(stories) else _mixture(number, rng)
    return DemoConversation(
        public_id=_public_id(rng),
        title=story.title,
        created_at=created_at,
        messages=tuple(_with_versions(story.exchanges, created_at, rng)),
    )


def _with_versions(
    exchanges: Sequence[Exchange], asked_at: datetime, rng: Random
) -> Iterator[DemoMessage]:
    messages = list(_messages(exchanges, asked_at, rng))
    yield from messages
    answers = [message for message in messages if message.question]
    replies = [reply for exchange in exchanges for reply in exchange.replies]
    for reply, answer in zip(replies, answers, strict=True):
        if reply.another:
            other = replace(answer, public_id=_public_id(rng), content=reply.another)
            yield replace(other, version_of=answer.public_id)


def _messages(
    exchanges: Sequence[Exchange], asked_at: datetime, rng: Random
) -> Iterator[DemoMessage]:
    for exchange in (_dated(exchange, asked_at) for exchange in exchanges):
        models = tuple(reply.model for reply in exchange.replies)
        asks = None if exchange.is_plain else models
        asked = DemoMessage(_public_id(rng), exchange.author, exchange.question, asked_at, asks)
        yield asked
        for reply in exchange.replies:
            answer = _answer(asked.public_id, reply, asked_at + timedelta(seconds=1), rng)
            yield answer
            asked_at = answer.ended_at or asked_at
        asked_at += READING


def _answer(question: str, reply: Reply, at: datetime, rng: Random) -> DemoMessage:
    thought_for = (1 + len(reply.thinking)) * CHARACTER
    return DemoMessage(
        public_id=_public_id(rng),
        author=None,
        content=reply.text,
        created_at=at,
        question=question,
        model=reply.model or None,
        thinking=reply.thinking,
        thought_ms=thought_for // timedelta(milliseconds=1),
        ended_at=at + thought_for + len(reply.text) * CHARACTER,
    )


def _dated(exchange: Exchange, at: datetime) -> Exchange:
    """Return an exchange with the dates of Mondays before that of its conversation."""

    def monday(found: re.Match[str]) -> str:
        return str((at - timedelta(days=at.weekday(), weeks=int(found[1]))).date())

    replies = (each._replace(text=MONDAY.sub(monday, each.text)) for each in exchange.replies)
    return exchange._replace(replies=tuple(replies))


def _public_id(rng: Random) -> str:
    return f"{rng.getrandbits(128):032x}"


def _mixture(number: int, rng: Random) -> Story:
    title = rng.choice(all_stories()).title
    exchanges = [
        exchange for story in all_stories() for exchange in story.exchanges if exchange.is_plain
    ]
    authors = rng.choice(AUTHORS)
    length = rng.randint(1, MAX_EXCHANGES)
    return Story(
        f"{title} ({number})",
        tuple(_vary(rng.choice(exchanges), rng.choice(authors), rng) for _ in range(length)),
    )


def _vary(exchange: Exchange, author: str, rng: Random) -> Exchange:
    answer = rng.choice(OPENINGS) + exchange.answer + rng.choice(CLOSINGS)
    [reply] = exchange.replies
    return exchange._replace(author=author, replies=(reply._replace(text=answer, another=""),))
