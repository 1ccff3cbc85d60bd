"""The libraries of the Python reader: their threads end with a connection, and they do not log to
the terminal."""

from __future__ import annotations

import logging
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
OVERDUE_SECONDS = -5  # the library adds 5


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


def test_their_messages_go_to_the_logger_midstream(caplog: pytest.LogCaptureFixture) -> None:
    with closing(ScriptedServer(Script)) as server:
        client = connected(server)
        writing = client.eio.write_loop_task
        client.eio.ping_interval = client.eio.ping_timeout = OVERDUE_SECONDS
        client.emit("join", {"conversation": "c"}, NAMESPACE)
        writing.join(10)
        client.eio.disconnect(abort=True)
        client.close_socket()
    record = ("midstream", logging.ERROR, "packet queue is empty, aborting")
    assert record in caplog.record_tuples
    assert not {record.name for record in caplog.records} & {"engineio.client", "socketio.client"}
    (handler,) = logging.getLogger("midstream").handlers
    assert isinstance(handler, logging.NullHandler)
