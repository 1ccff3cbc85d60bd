"""What the readers make of servers that send them away, or don't let them in."""

from __future__ import annotations

import pytest

from tests.clients.readers import EVERY
from tests.clients.scripted import JOINED, Event, Play, Scene
from tests.vectors.tale import answer, whole

pytestmark = pytest.mark.system


class Restarting(Scene):
    """Sends it away, has too many connections then, and lets it in again."""

    def refuses(self) -> str:
        return "rate_limited" if self.connections == 2 else ""

    def join(self, number: int) -> Event:
        self.say("message", answer(2) if number == 1 else whole(2, "Hello"))
        if number == 1:
            self.send_away()
        return JOINED


def test_they_come_back_to_a_server_that_is_full_for_a_while(play: Play) -> None:
    ended, scenes = play(Restarting)
    assert ended == dict.fromkeys(EVERY, (0, "Hello\n", ""))
    assert [scene.connections for scene in scenes] == [3] * len(EVERY)


class Full(Scene):
    """Has too many connections."""

    def refuses(self) -> str:
        return "rate_limited"


def test_a_server_that_is_full_is_not_reached(play: Play) -> None:
    ended, _scenes = play(Full)
    assert ended == dict.fromkeys(EVERY, (5, "", "The server can't be reached.\n"))
