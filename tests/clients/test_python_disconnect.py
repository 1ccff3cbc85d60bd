"""The Python reader's threads end when the server disconnects it."""

from __future__ import annotations

import queue
import time
from contextlib import closing
from typing import Any

import engineio
import pytest

from tests.clients.scripted import JOINED, NAMESPACE, Event, Script, ScriptedServer, connected
from tests.support.waiting import eventually

pytestmark = [pytest.mark.usefixtures("stock_socket"), pytest.mark.system]

LATE_SECONDS = 0.3


class SlowQueue(queue.Queue[Any]):
    """A queue on a busy machine: a waiting thread gets an item some time after it was put."""

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        if timeout is not None:
            eventually(self.qsize, timeout)
            time.sleep(LATE_SECONDS)
        return super().get(block, timeout)


class Disconnecting(Script):
    """Disconnects the reader when it joins."""

    def join(self, number: int) -> Event:
        self.disconnect()
        return JOINED


def test_all_threads_end_soon_even_if_they_run_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engineio.Client, "create_queue", lambda self: SlowQueue())
    with closing(ScriptedServer(Disconnecting)) as server:
        client = connected(server)
        threads = [client.eio.read_loop_task, client.eio.write_loop_task]
        client.emit("join", {"conversation": "c"}, NAMESPACE)
        for thread in threads:
            thread.join(20 * LATE_SECONDS)
        alive = [thread.is_alive() for thread in threads]
    assert alive == [False, False]
