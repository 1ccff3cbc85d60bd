"""The clock of the machine may be set: nobody is disconnected for that."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.cast import appear
from tests.support.raw import RawWebSocket
from tests.support.records import Records
from tests.support.server import ROOT
from tests.system.guards.conftest import Start, answer_seconds

pytestmark = [pytest.mark.system, pytest.mark.slow]

PING_SECONDS = 25
HOUR = 3600
# Python runs this before the server: its wall clock is ahead by what a file says.
AHEAD = """
import pathlib, time
real = time.time
hand = pathlib.Path({hand!r})
time.time = lambda: real() + float(hand.read_text() or 0)
"""


def test_a_jump_of_the_clock_disconnects_nobody(start: Start, tmp_path: Path) -> None:
    hand = tmp_path / "hand"
    hand.write_text("0")
    (tmp_path / "sitecustomize.py").write_text(AHEAD.format(hand=str(hand)))
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    servers = [start(ASYNC_MODE=mode, PYTHONPATH=path) for mode in ("eventlet", "threading")]
    with ExitStack() as stack:
        readers = []
        for server in servers:
            readers.append(stack.enter_context(RawWebSocket(server.url)))
            records = Records.at(server.database_url)
            with records.app.app_context():
                readers[-1].sign_in(appear().olive.token)
        for reader in readers:
            reader.sock.settimeout(PING_SECONDS + 10)
            assert reader.until("2"), "the clock matters to those who owe the answer to a ping"
        for jump in (HOUR, -HOUR):
            hand.write_text(str(jump))
            for reader in readers:
                reader.frame('42/conversations,7["conversations"]')
                assert '"ok":true' in reader.until("43/conversations,7")
    assert all(answer_seconds(server) < 1 for server in servers)
