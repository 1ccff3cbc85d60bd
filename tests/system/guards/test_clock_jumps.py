"""The clock of the machine may be set: nobody is disconnected for that."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.cast import appear
from tests.support.raw import RawWebSocket
from tests.support.records import Records
from tests.support.server import ROOT
from tests.system.guards.conftest import Start, answer_seconds

pytestmark = pytest.mark.system

HOUR = 3600
# Python runs this before the server: its wall clock is ahead by what a file says.
AHEAD = """
import pathlib, time
real = time.time
hand = pathlib.Path({hand!r})
time.time = lambda: real() + float(hand.read_text() or 0)
"""


@pytest.mark.parametrize("mode", ["eventlet", "threading"])
def test_a_jump_of_the_clock_disconnects_nobody(start: Start, tmp_path: Path, mode: str) -> None:
    hand = tmp_path / "hand"
    hand.write_text("0")
    (tmp_path / "sitecustomize.py").write_text(AHEAD.format(hand=str(hand)))
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    server = start(ASYNC_MODE=mode, PYTHONPATH=path)
    records = Records.at(server.database_url)
    with records.app.app_context():
        olive = appear().olive
    with RawWebSocket(server.url) as ws:
        ws.sign_in(olive.token)
        for jump in (HOUR, -HOUR):
            hand.write_text(str(jump))
            ws.frame('42/conversations,7["conversations"]')  # what is sent asks about pings first
            assert '"ok":true' in ws.until("43/conversations,7")
    assert answer_seconds(server) < 1
