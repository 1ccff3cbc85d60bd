"""All the readers against scripted servers that disconnect or refuse them."""

from __future__ import annotations

import pytest

from tests.clients.readers import EVERY
from tests.clients.scripted import JOINED, Event, Run, Script
from tests.vectors.scenario import answer, ended_answer

pytestmark = pytest.mark.system


class Restarting(Script):
    """Disconnects the reader, refuses its next connection, and accepts the third."""

    def refusal(self) -> str:
        return "rate_limited" if self.connections == 2 else ""

    def join(self, number: int) -> Event:
        self.emit("message", answer(2) if number == 1 else ended_answer(2, "Hello"))
        if number == 1:
            self.disconnect()
        return JOINED


def test_they_reconnect_to_a_server_that_was_full(run: Run) -> None:
    ended, scripts = run(Restarting)
    assert ended == dict.fromkeys(EVERY, (0, "Hello\n", ""))
    assert [script.connections for script in scripts] == [3] * len(EVERY)


class Full(Script):
    """Refuses every connection."""

    def refusal(self) -> str:
        return "rate_limited"


def test_a_full_server_is_unreachable(run: Run) -> None:
    ended, _scripts = run(Full)
    assert ended == dict.fromkeys(EVERY, (5, "", "The server can't be reached.\n"))
