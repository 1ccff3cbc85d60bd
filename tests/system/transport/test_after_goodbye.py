"""What a reader still sends after the server's goodbye."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest

from tests.support.raw import RawWebSocket
from tests.support.server import Server

pytestmark = pytest.mark.system

PROTOCOL_ERROR = 1002


def test_what_follows_the_goodbye_is_not_taken_for_a_request(server: Server) -> None:
    """The log would tell what it says, which may be what somebody has asked."""
    with RawWebSocket(server.url) as ws:
        ws.frame("abc")
        assert ws.close_code() == PROTOCOL_ERROR
        with suppress(OSError):  # until it is read no more
            for _ in range(100):
                ws.frame("a secret\n")
                time.sleep(0.05)
    assert "a secret" not in server.output
    assert "code 400" not in server.output
