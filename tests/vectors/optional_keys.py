"""What may be in an event besides: readers take the texts and numbers that they know, whatever
else is there. test_optional_keys.py sees that nothing is left out."""

from __future__ import annotations

from collections.abc import Iterator

from tests.vectors.endings import ERROR, NOTE
from tests.vectors.scenario import (
    TIME,
    Event,
    Scenario,
    description,
    end,
    ended_answer,
    mid_answer,
    progress,
    question,
)

STATS = {"thought_ms": 900, "duration_ms": 4200, "input_tokens": 12, "output_tokens": 34}
REACTIONS = {"reacted": 3, "reactions": [{"emoji": "👍", "people": ["s-max", "s-olive"]}]}
QUESTION = {"sender": "s-max", "bot": True, "quotes": "q1", **REACTIONS}
OLIVE = {"name": "Olive", "sender": "s-olive", "role": "owner", "read": 2, "avatar": "f7"}
MAX = {"name": "Max", "sender": "s-max", "role": "reader", "bot": True}
PINNED = [
    {"id": "q1", "position": 1, "author": "Olive", "excerpt": "And then?", "by": "s-max"},
    {"id": "a2", "position": 2, "model": "demo", "excerpt": "Hello", "by": "s-max"},
]
CONVERSATION = {
    "people": [OLIVE, MAX],
    "asking": "mentions",
    "pinned": PINNED,
    "settings": {"system_prompt": "Be brief.", "temperature": 0.5, "effort": "low"},
    "sent_from": 2,
    "version": 9,
    "reacted": 3,
}


def scenarios() -> Iterator[Scenario]:
    """Yield all of them."""
    about = "Times and tokens come with its texts; it was cut off at the model's limit."
    scenario = mid_answer("an answer with figures", about)
    first = {"thought_ms": STATS["thought_ms"]}
    scenario.event("chunk", progress("a2", 2, 3, content="lo", stats=first))
    scenario.event("streaming_end", end("a2", 3, note=NOTE, cut=True, stats=STATS))
    again = {"content": "Hello", "note": NOTE, "cut": True, "stats": STATS}
    scenario.event("current_state", progress("a2", 0, 5, "complete", thinking="Hm.", **again))
    yield scenario.joined(2)

    about = "A program asks, quotes, and people react; one answer has failed, another was cut off."
    scenario = mid_answer("messages with all that they may have", about)
    scenario.event("streaming_end", end("a2", 2)).event("message", question(3) | QUESTION)
    failed = ended_answer(4, "Half", status="failed", error=ERROR, stats=STATS)
    scenario.event("message", failed)
    cut = ended_answer(6, "All", note=NOTE, cut=True, stats=STATS, **REACTIONS)
    yield scenario.event("message", question(5)).event("message", cut).joined(6)

    about = "Nothing of it is about texts; its position and revision count as ever."
    scenario = mid_answer("a conversation with all that it may have", about)
    scenario.event("conversation", description(2) | CONVERSATION)
    scenario.joined(2, **CONVERSATION)
    yield scenario.event("conversation", description(3) | CONVERSATION)

    about = "They are about a user, or everybody: no conversation has changed."
    scenario = mid_answer("events about no conversation", about)
    for event, data in about_users():
        scenario.event(event, data)
    yield scenario.event("chunk", progress("a2", 2, 3, content="lo"))


def about_users() -> Iterator[tuple[str, Event]]:
    """Yield events that are about no conversation, or change nothing in it."""
    told = {"conversation": "c", "id": "a2", "kind": "answer", "title": "Tales", "by": "demo"}
    yield "notification", told
    yield "former", {"conversation": "c", "sender": "s-max"}
    yield "allowance", {"warning": "You have used 84% of your limit of $20.00 for this month."}
    yield "job", {"id": "j1", "kind": "export", "state": "running", "done": 120, "total": 400}
    banner = {"id": "b1", "text": "The server restarts at 18:00 UTC.", "kind": "warning"}
    yield "banner", {**banner, "until": TIME}
    yield "banner", {}
