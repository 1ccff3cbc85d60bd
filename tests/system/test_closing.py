"""A process that is asked to stop while many ask leaves nobody's answer unended."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from socketio.exceptions import SocketIOError

from app.extensions import db
from app.models import Message, Status
from tests.support.cast import Cast
from tests.support.client import Client, ConnectionLost
from tests.support.database import Database
from tests.support.server import Server
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.async_mode, pytest.mark.counted]

CLIENTS = 20
AMID = 40
QUESTION = "/think 20 /tokens 100000 /rate 100"


class Asking:
    """Begins conversations and asks in them as fast as it can, until it is cut off."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def run(self, url: str, token: str) -> None:
        """Ask until that can't be done any more."""
        with Client().open(url, token) as client:
            try:
                while self._ask(client):
                    pass
            except (ConnectionLost, SocketIOError):
                return

    def _ask(self, client: Client) -> bool:
        created = client.ask("create")
        where = created.get("conversation", "")
        sent = client.ask("send", {"conversation": where, "content": QUESTION})
        if sent["ok"]:
            self.asked.append((where, sent["id"]))
        return bool(sent["ok"])


def test_amid_questions_no_answer_is_left_streaming(
    start_server: Callable[..., Server], database: Database, cast: Cast
) -> None:
    server = start_server(LIMIT_EVENTS="off", LIMIT_SEND="off")
    clients = [Asking() for _ in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        running = [pool.submit(client.run, server.url, cast.olive.token) for client in clients]
        eventually(lambda: sum(len(client.asked) for client in clients) >= AMID)
        code = server.stop()
    for future in running:
        future.result()

    assert code == 0, server.output
    assert database.read(_streaming) == 0
    for where, question in [asked for client in clients for asked in client.asked]:
        assert database.messages(where)[0].id == question


def _streaming() -> int:
    return db.session.query(Message).filter_by(status=Status.STREAMING).count()
