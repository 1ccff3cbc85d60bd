"""Vectors for the list of conversations: what a reader receives, and what it must list after each
step."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.vectors.scenario import TIME

FOLDER = Path(__file__).parents[2] / "clients" / "list-vectors"
WALKS = 6
CHANGES = 14
Row = dict[str, Any]
FULL = "full"  # a conversation that has all that a row may have
FLAGS = ("streaming", "pinned", "archived", "muted", "owner")


class ListScenario:
    """One vector, built step by step; `listed` is what the protocol expects after each."""

    def __init__(self, name: str, description: str) -> None:
        self.name = name
        self.description = description
        self.steps: list[dict[str, Any]] = []
        self._known: dict[str, tuple[int, bool]] = {}  # version, and whether it is listed
        self._changed: set[str] = set()

    @property
    def listed(self) -> dict[str, int]:
        """The versions of what is listed, by conversation."""
        return {id: version for id, (version, is_listed) in self._known.items() if is_listed}

    def event(self, event: str, id: str, version: int) -> ListScenario:
        """Add `listed` or `unlisted`."""
        if version > self._known.get(id, (-1, False))[0]:
            self._known[id] = (version, event == "listed")
            self._changed.add(id)
        return self._add(event=event, data=about(event, id, version))

    def asking(self) -> ListScenario:
        """Let the reader ask for the state."""
        self._changed.clear()
        return self._add(asking=True)

    def state(self, **versions: int) -> ListScenario:
        """Add the acknowledgement with the state."""
        for id, (version, _) in self._known.items():
            if id not in versions and id not in self._changed:
                self._known[id] = (version, False)
        self._read(versions)
        return self._add(state=rows(versions))

    def page(self, **versions: int) -> ListScenario:
        """Add a page of what follows the state."""
        self._read(versions)
        return self._add(page=rows(versions))

    def _read(self, versions: dict[str, int]) -> None:
        for id, version in versions.items():
            if version >= self._known.get(id, (-1, False))[0]:
                self._known[id] = (version, True)

    def _add(self, **step: Any) -> ListScenario:
        self.steps.append({**step, "expect": self.listed})
        return self


def about(event: str, id: str, version: int) -> Row:
    """Return an event's data."""
    row = {"conversation": id, "version": version}
    if event == "unlisted":
        return row
    more = {"title": f"No. {version}", "members": ["Olive", "Max"], "model": "demo", "read": 0}
    if id == FULL:
        more |= {"unread": 100, **dict.fromkeys(FLAGS, True)}
    return {**row, **more, "position": version, "updated_at": TIME, "snippet": "Why?"}


def rows(versions: dict[str, int]) -> list[Row]:
    """Return conversations of a state."""
    return [about("listed", id, version) for id, version in versions.items()]


def new(name: str, description: str) -> ListScenario:
    """Begin with a reader that lists `a` and `b`."""
    return ListScenario(name, description).asking().state(a=3, b=5)


def scenarios() -> Iterator[ListScenario]:
    """Yield all of them."""
    yield new("a change", "The higher version counts.").event("listed", "a", 4)
    yield new("a new one", "It is listed.").event("listed", "c", 1)
    yield new("a late event", "A lower version changes nothing.").event("listed", "b", 4)
    yield new("a repeated event", "The same version changes nothing.").event("listed", "b", 5)
    yield new("one less", "It is listed no longer.").event("unlisted", "a", 4)
    late = new("a late loss", "It has come back since.").event("listed", "a", 6)
    yield late.event("unlisted", "a", 5)
    back = new("one comes back", "With a higher version it is listed again.")
    yield back.event("unlisted", "a", 4).event("listed", "a", 5)
    gone = new("a late change of one that is gone", "It stays gone.")
    yield gone.event("unlisted", "a", 5).event("listed", "a", 4)
    lost = new("a lost connection", "What the next state lacks is gone, and what it has counts.")
    yield lost.asking().state(b=7, c=1)
    since = new("an event before its state", "It came after the question: the state may lack it.")
    yield since.asking().event("listed", "c", 1).event("unlisted", "b", 6).state(a=3, b=5)
    older = new("a state that is older", "The events that have overtaken it count.")
    yield older.asking().event("listed", "a", 9).state(a=3, b=5)
    yield new("a page", "More are listed, and none is gone.").page(c=1, d=2)
    again = new("a page with one that was gone", "It is listed again, with the same version.")
    yield again.asking().state(b=5).page(a=3)
    full = new("rows with all that they may have", "The version alone counts.")
    yield full.event("listed", FULL, 2).asking().state(a=3, full=2).page(b=5, full=2)
    for seed in range(1, WALKS + 1):
        yield walk(seed)


def walk(seed: int) -> ListScenario:
    """Return changes in the order of a network that delays and repeats them; a state of the middle
    comes at any time after that. The end is what the server lists."""
    rng = random.Random(seed)
    about_it = "Events are late and repeated; in the end nothing is missing."
    scenario = ListScenario(f"a walk {seed}", about_it).asking()
    changes = [
        (rng.choice(["listed", "listed", "unlisted"]), rng.choice("abc"), version)
        for version in range(1, CHANGES + 1)
    ]
    state = held_after(changes[: CHANGES // 2])
    late = [*changes, *rng.choices(changes, k=5)]
    rng.shuffle(late)
    cut = rng.randrange(len(late))
    for event in late[:cut]:
        scenario.event(*event)
    scenario.state(**state)
    for event in late[cut:]:
        scenario.event(*event)
    assert scenario.listed == held_after(changes)
    return scenario


def held_after(changes: Sequence[tuple[str, str, int]]) -> dict[str, int]:
    """Return what the server lists after these changes, which are in its order."""
    held: dict[str, int] = {}
    for event, id, version in changes:
        held.pop(id, None)
        if event == "listed":
            held[id] = version
    return held


def files() -> dict[str, str]:
    """Return the contents of each file, by its name."""
    contents = {}
    for each in scenarios():
        vector = {"name": each.name, "description": each.description, "steps": each.steps}
        name = each.name.lower().replace(".", "").replace(" ", "-") + ".json"
        contents[name] = json.dumps(vector, indent=1) + "\n"
    return contents
