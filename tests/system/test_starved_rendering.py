"""A text that could not be rendered because the machine was too busy is rendered later."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from app.markdown import render
from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.database import Database
from tests.support.server import Server
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(300)]

QUESTION = "/tokens 2000 /rate 0"


def test_a_text_that_got_no_processor_time_is_rendered_later(
    server: Server, database: Database, cast: Cast
) -> None:
    """It takes until there is no reply, and the pause after that."""
    where = database.conversation(cast.eve)
    with Client().open(server.url, cast.eve.token) as eve:
        first = eve.ask("send", {"conversation": where, "content": QUESTION})["reply"]
        eventually(lambda: database.html(first) is not None)
        os.kill(renderer_of(server), signal.SIGSTOP)
        second = eve.ask("send", {"conversation": where, "content": QUESTION})["reply"]
        eventually(lambda: database.html(second) is not None, 240)
    assert database.html(second) == render(database.message(second).content)


def renderer_of(server: Server) -> int:
    """Return the id of the server's process that renders."""
    assert server.process is not None
    children = Path(f"/proc/{server.process.pid}/task").glob("*/children")
    (pid,) = {int(each) for found in children for each in found.read_text().split()}
    return pid
