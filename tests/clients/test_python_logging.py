"""What the libraries beneath the Python reader say does not appear on its user's terminal."""

from __future__ import annotations

import logging
from contextlib import closing

import pytest

from tests.clients.scripted import NAMESPACE, Scene, ScriptedServer, connected

pytestmark = [pytest.mark.usefixtures("unguarded"), pytest.mark.system]

OVERDUE = -5  # to which the library adds five seconds


def test_it_is_for_whoever_listens(caplog: pytest.LogCaptureFixture) -> None:
    with closing(ScriptedServer(Scene)) as server:
        client = connected(server)
        writing = client.eio.write_loop_task
        client.eio.ping_interval = client.eio.ping_timeout = OVERDUE
        client.emit("join", {"conversation": "c"}, NAMESPACE)
        writing.join(10)
        client.eio.disconnect(abort=True)
        client.let_go()
    said = ("midstream", logging.ERROR, "packet queue is empty, aborting")
    assert said in caplog.record_tuples
    assert not {record.name for record in caplog.records} & {"engineio.client", "socketio.client"}
    (handler,) = logging.getLogger("midstream").handlers
    assert isinstance(handler, logging.NullHandler)
