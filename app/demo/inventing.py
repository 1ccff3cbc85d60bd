"""As many conversations as are wanted: first the written ones, then mixtures of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random

from app.demo.stories import Exchange, Story, all_stories

FIRST_DAY = datetime(2025, 1, 6, 9, tzinfo=UTC)
BETWEEN = timedelta(minutes=7)
LONGEST = 60  # exchanges
CIRCLES = (("Olive",), ("Olive", "Max"), ("Max", "Olive"), ("Eve",))
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
    "\n\nTell me if your case is another one.",
    "\n\n*If anything here is unclear, ask: it is probably my wording.*",
)


@dataclass(frozen=True, slots=True)
class Invented:
    """A conversation to be stored; its messages are question and answer in turn."""

    public_id: str
    message_ids: tuple[str, ...]
    title: str
    began_at: datetime
    exchanges: tuple[Exchange, ...]

    @property
    def members(self) -> tuple[str, ...]:
        """Return the names of who takes part, the owner first."""
        return tuple(dict.fromkeys(exchange.author for exchange in self.exchanges))

    def newcomers(self, held: int) -> tuple[str, ...]:
        """Return the names of who takes part only after the first `held` messages."""
        before = {exchange.author for exchange in self.exchanges[: (held + 1) // 2]}
        return tuple(name for name in self.members if name not in before)


def invent(size: int, seed: int) -> Iterator[Invented]:
    """Yield conversations of `size` messages in all; the same `seed` gives the same ones.

    An odd size leaves the last question without an answer.
    """
    for number in count():
        if size <= 0:
            return
        invented = _conversation(number, Random(f"midstream {seed} {number}"), size)
        size -= len(invented.message_ids)
        yield invented


def written_size() -> int:
    """Return how many messages the written conversations have."""
    return sum(2 * len(story.exchanges) for story in all_stories())


def _conversation(number: int, rng: Random, longest: int) -> Invented:
    story = _story(number, rng)
    messages = min(longest, 2 * len(story.exchanges))
    return Invented(
        public_id=_id(rng),
        message_ids=tuple(_id(rng) for _ in range(messages)),
        title=story.title,
        began_at=FIRST_DAY + number * BETWEEN,
        exchanges=story.exchanges[: (messages + 1) // 2],
    )


def _id(rng: Random) -> str:
    return f"{rng.getrandbits(128):032x}"


def _story(number: int, rng: Random) -> Story:
    written = all_stories()
    return written[number] if number < len(written) else _mixture(number, rng)


def _mixture(number: int, rng: Random) -> Story:
    title = rng.choice(all_stories()).title
    told = [exchange for story in all_stories() for exchange in story.exchanges]
    circle = rng.choice(CIRCLES)
    length = rng.randint(1, LONGEST)
    return Story(
        f"{title} ({number})",
        tuple(_varied(rng.choice(told), rng.choice(circle), rng) for _ in range(length)),
    )


def _varied(exchange: Exchange, author: str, rng: Random) -> Exchange:
    answer = rng.choice(OPENINGS) + exchange.answer + rng.choice(CLOSINGS)
    return replace(exchange, author=author, answer=answer)
