"""Data that a reader sends after the server's close frame is discarded."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest

from tests.support.raw import RawWebSocket
from tests.support.server import Server

pytestmark = pytest.mark.system

PROTOCOL_ERROR = 1002


def test_data_after_the_close_frame_is_not_parsed_as_a_request(server: Server) -> None:
    """An invalid request would be logged, and the data may be a question."""
    with RawWebSocket(server.url) as ws:
        ws.frame("abc")
        assert ws.close_code() == PROTOCOL_ERROR
        with suppress(OSError):  # until the server reads no more
            for _ in range(100):
                ws.frame("a secret\n")
                time.sleep(0.05)
    assert "a secret" not in server.output
    assert "code 400" not in server.output
