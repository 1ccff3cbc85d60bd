"""What a reader must hold, computed from all that it was told: docs/protocol.md, said once more.

The readers keep a state and change it, event by event. This keeps none: it looks at the whole story
each time. It shares no code with them, so a vector is not a reader's opinion of itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import count
from typing import Any, NamedTuple

Event = dict[str, Any]
BEGINNINGS = ("message", "current_state")
ABOUT_A_MESSAGE = (*BEGINNINGS, "chunk", "streaming_end")


class Step(NamedTuple):
    """Something that a reader was told: an event, or `joined` with an acknowledgement."""

    event: str
    data: Event


Story = Sequence[Step]


def expected(conversation: str, story: Story) -> Event:
    """Return what a vector says after the last step of a story."""
    return {
        "messages": messages_in(story),
        "rejoin": is_lost(story) or is_behind(story),
        "join": next_join(conversation, story),
    }


def next_join(conversation: str, story: Story) -> Event:
    """Return what the reader's next join says."""
    held = messages_in(story)
    have = {id: said["seq"] for id, said in held.items() if said["status"] == "streaming"}
    return {"conversation": conversation, **standing(story), "have": have}


def messages_in(story: Story) -> Event:
    """Return the messages that are held, as vectors write them down."""
    held = {id: entries_of(story, id) for id in ids_in(chapter(story))}
    return {id: shown(entries) for id, entries in held.items() if entries}


def chapter(story: Story) -> Story:
    """Return what was told since the reader last began anew."""
    anew = [number for number, step in enumerate(story, 1) if step.data.get("reload")]
    return story[anew[-1] :] if anew else story


def removed_in(story: Story) -> set[str]:
    """Return the ids of all that is gone, for good."""
    return {id for event, data in story if event == "removed" for id in data["ids"]}


def ids_in(story: Story) -> list[str]:
    """Return the ids of the messages that were spoken of, in that order."""
    ids = [data["id"] for event, data in story if event in ABOUT_A_MESSAGE]
    return list(dict.fromkeys(ids))


def entries_of(story: Story, id: str) -> list[Event]:
    """Return the events of which a message's text is made: from 0 on, each where the last ended."""
    if id in removed_in(story):
        return []
    told = [step for step in chapter(story) if step.data.get("id") == id]
    return reduce(_follow, told, [])


def _follow(entries: list[Event], step: Step) -> list[Event]:
    event, data = step
    holds = entries[-1]["seq"] if entries else -1
    if data["seq"] > holds and data["since"] == 0 and (entries or event in BEGINNINGS):
        return [data]
    if data["seq"] > holds == data["since"]:
        return [*entries, data]
    return entries


def shown(entries: list[Event]) -> Event:
    """Return a message as vectors write it down."""
    last = entries[-1]
    said = {
        "seq": last["seq"],
        "status": last["status"],
        "content": "".join(entry.get("content", "") for entry in entries),
        "thinking": "".join(entry.get("thinking", "") for entry in entries),
    }
    return said | ({"error": last["error"]} if last.get("error") else {})


def is_lost(story: Story) -> bool:
    """Does the last step ask to join: by its name, or by speaking of more than is held now?"""
    event, data = story[-1]
    if event not in ABOUT_A_MESSAGE:
        return event == "rejoin" or "reload" in data
    entries = entries_of(story, data["id"])
    holds = entries[-1]["seq"] if entries else -1
    return data["id"] not in removed_in(story) and data["seq"] > holds


def is_behind(story: Story) -> bool:
    """Has the server spoken of a position or a revision that the reader has not reached?"""
    told, reached = chapter(story), standing(story)
    if "revision" not in reached:
        return False
    positions = [data.get("position", 0) for _, data in told]
    revisions = [data.get("revision", 0) for _, data in told]
    return max(positions) > reached["after"] or max(revisions) > reached["revision"]


def standing(story: Story) -> Event:
    """Return how far the reader has come: `after` and `revision`, as its next join says them."""
    told = chapter(story)
    first = next((number for number, step in enumerate(told) if step.event == "joined"), None)
    if first is None:
        return {"after": 0}
    begun = len(story) - len(told) + first + 1  # steps of the whole story, the first join included
    places = {data["position"] for event, data in told if event == "message"}
    after = next(at for at in count(told[first].data["position"]) if at + 1 not in places)
    revision = min(data["revision"] for _, data in told[: first + 1] if "revision" in data)
    for number in range(begun, len(story)):
        revision += _goes_on(story[: number + 1], revision)
    return {"after": after, "revision": revision}


def _goes_on(story: Story, revision: int) -> bool:
    """Does the last step remove, at the next revision, only what the reader knew before it?"""
    before, (event, data) = story[:-1], story[-1]
    if event != "removed" or data["revision"] != revision + 1:
        return False
    gone = removed_in(before)
    return all(id in gone or entries_of(before, id) for id in data["ids"])
