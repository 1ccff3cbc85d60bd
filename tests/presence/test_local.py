"""Who is present in one process, under any interleaving of coming, going, typing and time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from app.presence.local import FOLLOWS, TYPES, TYPING_SECONDS, LocalPresence
from tests.proof.hypothesis_settings import random_search

WHERE = ("c1", "c2")
# Olive has two tabs
SENDERS = {"tab 1": "olive", "tab 2": "olive", "phone": "max", "desk": "rex"}

sids = st.sampled_from(sorted(SENDERS))
conversations = st.sampled_from(WHERE)


class Interleavings(RuleBasedStateMachine):
    """Compares LocalPresence with what each socket has said, kept as plainly as can be."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 100.0
        self.rooms: set[tuple[str, str]] = set()
        self.said: dict[tuple[str, str], list[float]] = {}  # follows, and until when it types
        self.presence = LocalPresence(
            lambda sid, where: (sid, where) in self.rooms, lambda: self.now
        )

    @rule(sid=sids, where=conversations)
    def join(self, sid: str, where: str) -> None:
        self.rooms.add((sid, where))

    @rule(sid=sids, where=conversations)
    def lose_the_room(self, sid: str, where: str) -> None:
        """It leaves, is disconnected, or its user is removed."""
        self.rooms.discard((sid, where))
        self.look()

    @rule(sid=sids, where=conversations, follows=st.booleans())
    def come(self, sid: str, where: str, follows: bool) -> None:
        if (sid, where) in self.rooms:  # the handler refuses it otherwise
            self.presence.enter(sid, where, SENDERS[sid], follows=follows)
            self.said.setdefault((sid, where), [False, 0.0])[0] = follows

    @rule(sid=sids, where=conversations)
    def go(self, sid: str, where: str) -> None:
        self.presence.leave(sid, where)
        self.said.pop((sid, where), None)

    @rule(sid=sids, where=conversations)
    def type(self, sid: str, where: str) -> None:
        if (sid, where) in self.rooms:
            self.presence.type(sid, where, SENDERS[sid])
            self.said.setdefault((sid, where), [False, 0.0])[1] = self.now + TYPING_SECONDS

    @rule(sid=sids | st.none(), where=conversations)
    def stop_typing(self, sid: str | None, where: str) -> None:
        self.presence.stop_typing(where, sid)
        for (socket, place), said in self.said.items():
            if place == where and sid in (None, socket):
                said[1] = 0.0

    @rule(seconds=st.sampled_from([0.5, 3.0, TYPING_SECONDS]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    def look(self) -> None:
        """The process tells its readers: whoever is in no room is forgotten."""
        self.said = {key: said for key, said in self.said.items() if key in self.rooms}
        expected = dict(self.expected())
        assert {where: self.presence.people(where) for where in WHERE} == {
            where: expected.get(where, {}) for where in WHERE
        }
        assert self.presence.here() == expected

    @invariant()
    def each_is_here_who_has_said_so_and_is_in_the_room(self) -> None:
        self.look()

    def expected(self) -> Iterator[tuple[str, dict[str, int]]]:
        for where in WHERE:
            people: dict[str, int] = {}
            for (sid, place), (follows, until) in self.said.items():
                if place == where:
                    doing = FOLLOWS * bool(follows) | TYPES * (until > self.now)
                    people[SENDERS[sid]] = people.get(SENDERS[sid], 0) | doing
            if people:
                yield where, people


Interleavings.TestCase.settings = random_search(examples=60, steps=40)
TestInterleavings = pytest.mark.proof(Interleavings.TestCase)


def test_nothing_is_kept_of_those_who_are_gone() -> None:
    rooms = {"sid"}
    presence = LocalPresence(lambda sid, where: sid in rooms)
    for number in range(100):
        presence.type("sid", f"c{number}", "max")
    assert len(presence.here()) == 100
    rooms.clear()
    assert presence.here() == {}
    rooms.add("sid")
    assert presence.here() == {}, "who comes back says so"
