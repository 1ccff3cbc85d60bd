"""Computes what a reader must hold from everything that it has received, by docs/protocol.md.

The readers keep state and change it with each event. The oracle keeps none: it looks at the whole
history each time. It shares no code with the readers, so a vector does not repeat their mistakes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import count
from typing import Any, NamedTuple

Event = dict[str, Any]
BEGINNINGS = ("message", "current_state")
ABOUT_A_MESSAGE = (*BEGINNINGS, "chunk", "streaming_end")
MAX_EARLY_EVENTS = 256  # that a reader keeps


class Step(NamedTuple):
    """An event that a reader receives, `joining`, or `joined` with the acknowledgement."""

    event: str
    data: Event


History = Sequence[Step]


def expected(conversation: str, history: History) -> Event:
    """Return what a vector expects after the last step."""
    return {
        "messages": messages_in(history),
        "rejoin": asks_to_join(history) or is_behind(history) or lacks_entries(history),
        "join": next_join(conversation, history),
    }


def next_join(conversation: str, history: History) -> Event:
    """Return the payload of the reader's next join."""
    held = messages_in(history)
    have = {id: message["seq"] for id, message in held.items() if message["status"] == "streaming"}
    return {"conversation": conversation, **cursor(history), "have": have}


def messages_in(history: History) -> Event:
    """Return the messages that the reader holds, in the format of the vectors."""
    held = {id: entries_of(history, id) for id in ids_in(since_reload(history))}
    return {id: message_of(entries) for id, entries in held.items() if entries}


def since_reload(history: History) -> History:
    """Return the steps after the last reload."""
    reloads = [number for number, step in enumerate(history, 1) if step.data.get("reload")]
    return history[reloads[-1] :] if reloads else history


def since_join(history: History) -> History:
    """Return the steps after the last join was sent, or after the last reload."""
    received = since_reload(history)
    joins = [number for number, step in enumerate(received, 1) if step.event == "joining"]
    return received[joins[-1] :] if joins else received


def removed_in(history: History) -> set[str]:
    """Return the ids of all removed messages."""
    return {id for event, data in history if event == "removed" for id in data["ids"]}


def ids_in(history: History) -> list[str]:
    """Return the ids of the messages that events mention, in that order."""
    ids = [data["id"] for event, data in history if event in ABOUT_A_MESSAGE]
    return list(dict.fromkeys(ids))


def entries_of(history: History, id: str) -> list[Event]:
    """Return the events that make up a message's text: from 0 on, each begins where the one before
    ended."""
    entries: list[Event] = []
    if id in removed_in(history):
        return entries
    received = since_reload(history)
    stated = -1  # the `seq` in the last join
    for number, step in enumerate(received):
        if step.event == "joining":
            stated = entries[-1]["seq"] if entries else -1
        if step.event not in ABOUT_A_MESSAGE or step.data["id"] != id:
            continue
        if (longer := _append(entries, step, stated)) is not entries:
            entries = reduce(_append, kept_in(received[:number], id), longer)
    return entries


def kept_in(history: History, id: str) -> list[Step]:
    """Return the events about a message since the last join was sent, in the order of its entries.

    Those that came too early are among them; the others change nothing when they are applied again.
    In the vectors only early events are more than a reader keeps.
    """
    kept = [step for step in since_join(history) if step.event in ABOUT_A_MESSAGE]
    about = (step for step in kept[:MAX_EARLY_EVENTS] if step.data["id"] == id)
    return sorted(about, key=lambda step: step.data["since"])


def _append(entries: list[Event], step: Step, stated: int = -1) -> list[Event]:
    event, data = step
    seq = entries[-1]["seq"] if entries else -1
    if data["seq"] > seq and data["since"] == 0 and (entries or event in BEGINNINGS):
        return [data]
    if data["seq"] > seq and data["since"] in (seq, stated):
        return [*(entry for entry in entries if entry["seq"] <= data["since"]), data]
    return entries


def message_of(entries: list[Event]) -> Event:
    """Return a message in the format of the vectors."""
    last = entries[-1]
    message = {
        "seq": last["seq"],
        "status": last["status"],
        "content": "".join(entry.get("content", "") for entry in entries),
        "thinking": "".join(entry.get("thinking", "") for entry in entries),
    }
    return message | {key: last[key] for key in ("error", "note") if last.get(key)}


def asks_to_join(history: History) -> bool:
    """Does the last step require a join by its name?"""
    event, data = history[-1]
    return event == "rejoin" or "reload" in data


def lacks_entries(history: History) -> bool:
    """Does an event since the last join was sent say more about a message than is held?"""
    held, removed = messages_in(history), removed_in(history)
    received = [step.data for step in since_join(history) if step.event in ABOUT_A_MESSAGE]
    present = [data for data in received if data["id"] not in removed]
    return any(data["id"] not in held or data["seq"] > held[data["id"]]["seq"] for data in present)


def is_behind(history: History) -> bool:
    """Has the server mentioned a position or a revision that the reader has not reached?"""
    received, reached = since_reload(history), cursor(history)
    if "revision" not in reached:
        return False
    positions = [data.get("position", 0) for _, data in received]
    revisions = [data.get("revision", 0) for _, data in received]
    return max(positions) > reached["after"] or max(revisions) > reached["revision"]


def cursor(history: History) -> Event:
    """Return the reader's position and revision as `after` and `revision` of its next join."""
    received = since_reload(history)
    first = next((number for number, step in enumerate(received) if step.event == "joined"), None)
    if first is None:
        return {"after": 0}
    start = len(history) - len(received) + first + 1  # the number of steps up to the first join
    positions = {data["position"] for event, data in received if event == "message"}
    after = next(at for at in count(received[first].data["position"]) if at + 1 not in positions)
    revision = min(data["revision"] for _, data in received[: first + 1] if "revision" in data)
    for number in range(start, len(history)):
        event, data = history[number]
        if event == "removed" and data["revision"] > revision:
            if not _knows(history[:number], data["ids"]):
                break
            revision += data["revision"] == revision + 1
    return {"after": after, "revision": revision}


def _knows(history: History, ids: list[str]) -> bool:
    """Does the reader know all of these messages, or know that they were removed?"""
    removed = removed_in(history)
    return all(id in removed or entries_of(history, id) for id in ids)
