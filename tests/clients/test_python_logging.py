"""The Python reader's libraries do not log to the terminal."""

from __future__ import annotations

import logging
from contextlib import closing

import pytest

from tests.clients.scripted import NAMESPACE, Script, ScriptedServer, connected

pytestmark = [pytest.mark.usefixtures("stock_socket"), pytest.mark.system]

OVERDUE_SECONDS = -5  # the library adds 5


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
