"""When the server says goodbye to the Python reader, none of its threads stays behind."""

from __future__ import annotations

import queue
import time
from contextlib import closing
from typing import Any

import engineio
import pytest

from tests.clients.scripted import JOINED, NAMESPACE, Event, Scene, ScriptedServer, connected
from tests.support.waiting import eventually

pytestmark = [pytest.mark.usefixtures("unguarded"), pytest.mark.system]

MOMENT_SECONDS = 0.3


class BusyMachine(queue.Queue[Any]):
    """Who waits for something may take it only a moment after it has come."""

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        if timeout is not None:
            eventually(self.qsize, timeout)
            time.sleep(MOMENT_SECONDS)
        return super().get(block, timeout)


class Brief(Scene):
    """Sends whoever joins away."""

    def join(self, number: int) -> Event:
        self.send_away()
        return JOINED


def test_all_end_soon_however_late_they_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engineio.Client, "create_queue", lambda self: BusyMachine())
    with closing(ScriptedServer(Brief)) as server:
        client = connected(server)
        threads = [client.eio.read_loop_task, client.eio.write_loop_task]
        client.emit("join", {"conversation": "c"}, NAMESPACE)
        for thread in threads:
            thread.join(20 * MOMENT_SECONDS)
        alive = [thread.is_alive() for thread in threads]
    assert alive == [False, False]
