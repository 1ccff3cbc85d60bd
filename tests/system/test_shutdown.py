"""SIGTERM interrupts all answers, and the process exits within five seconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from socketio.exceptions import SocketIOError

from app.extensions import db
from app.models import Message, Status
from tests.support.agreement import agreed
from tests.support.cast import Cast
from tests.support.client import Client, ConnectionLost
from tests.support.database import Database
from tests.support.reader import Reader
from tests.support.server import Server
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.async_mode, pytest.mark.counted]

CLIENTS = 10
QUESTIONS = 20
EXIT_SECONDS = 5.0
ENDLESS = "/think 20 /tokens 100000 /rate 100"
HANGING = "/tokens 5 /rate 0 /hang after 5"


class AskingClient:
    """Starts conversations and asks a question in each, as fast as it can."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def run(self, url: str, token: str) -> None:
        """Ask until the connection is lost or a question is refused."""
        with Client().open(url, token) as client:
            try:
                while self._ask(client):
                    pass
            except (ConnectionLost, SocketIOError):
                return

    def _ask(self, client: Client) -> bool:
        created = client.ask("create")
        where = created.get("conversation", "")
        sent = client.ask("send", {"conversation": where, "content": ENDLESS})
        if sent["ok"]:
            self.asked.append((where, sent["id"]))
        return bool(sent["ok"])


def test_shutdown_interrupts_all_answers_and_readers_receive_their_ends(
    start_server: Callable[..., Server],
    database: Database,
    cast: Cast,
    read: Callable[..., Reader],
) -> None:
    server = start_server()
    conversations = [database.conversation(cast.olive) for _ in range(6)]
    readers = [read(cast.olive, where, server.url) for where in conversations]
    questions = [ENDLESS, HANGING] * 3
    replies = [each.send(asks)["reply"] for each, asks in zip(readers, questions, strict=True)]
    for reader, reply in zip(readers, replies, strict=True):
        eventually(lambda reader=reader, reply=reply: reader.has_text(reply))

    began = time.monotonic()
    code = server.stop()

    assert (code, time.monotonic() - began < EXIT_SECONDS) == (0, True)
    for reader, reply in zip(readers, replies, strict=True):
        assert agreed([reader], reply, database).status == "interrupted"
        assert reader.events("streaming_end", reply), "it must arrive before the disconnect"
        assert database.entries(reply) == 0


def test_shutdown_while_questions_arrive_leaves_no_answer_streaming(
    start_server: Callable[..., Server], database: Database, cast: Cast
) -> None:
    server = start_server(LIMIT_EVENTS="off", LIMIT_SEND="off")
    clients = [AskingClient() for _ in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        running = [pool.submit(client.run, server.url, cast.olive.token) for client in clients]
        eventually(lambda: sum(len(client.asked) for client in clients) >= QUESTIONS)
        code = server.stop()
    for future in running:
        future.result()

    assert code == 0, server.output
    assert database.read(_streaming) == 0
    for where, question in [asked for client in clients for asked in client.asked]:
        assert database.messages(where)[0].id == question


def _streaming() -> int:
    return db.session.query(Message).filter_by(status=Status.STREAMING).count()
