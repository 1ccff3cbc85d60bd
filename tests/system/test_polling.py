"""A reader follows an answer by long polling, or begins so and upgrades to a WebSocket."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from midstream.ordered_client import OrderedClient
from midstream.rule import Message, MessageLog
from tests.support.cast import Cast
from tests.support.client import NAMESPACE
from tests.support.database import Database
from tests.support.server import Server
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.async_mode]

QUESTION = "How far? /think 10 /tokens 60 /rate 40"


class PollingReader:
    """Joins once and applies every event to its log."""

    def __init__(self, server: Server, token: str, transports: list[str]) -> None:
        self.client = OrderedClient()
        self._lock = threading.Lock()
        self.client.on("*", self._receive, namespace=NAMESPACE)
        self.client.connect(
            server.url, auth={"token": token}, transports=transports, namespaces=[NAMESPACE]
        )

    def read(self, conversation: str) -> None:
        self.log = MessageLog(conversation)
        assert self.ask("join", {"conversation": conversation, "after": 0})["ok"]

    def ask(self, event: str, payload: dict[str, object]) -> dict[str, object]:
        return dict(self.client.call(event, payload, namespace=NAMESPACE, timeout=20))

    def message(self, id: object) -> Message | None:
        with self._lock:
            return self.log.messages.get(str(id))

    def _receive(self, event: str, data: dict[str, object]) -> None:
        with self._lock:
            self.log.apply(event, data)


@pytest.fixture(params=[["polling"], ["polling", "websocket"]], ids=["polling", "upgraded"])
def reader(request: pytest.FixtureRequest, server: Server, cast: Cast) -> Iterator[PollingReader]:
    reader = PollingReader(server, cast.max.token, request.param)
    yield reader
    reader.client.disconnect()


def test_the_reader_receives_the_whole_answer(
    reader: PollingReader, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive, cast.max)
    reader.read(where)
    reply = reader.ask("send", {"conversation": where, "content": QUESTION})["reply"]
    eventually(lambda: (shown := reader.message(reply)) and shown.status == "complete")
    shown, stored = reader.message(reply), database.message(str(reply))
    assert shown is not None and stored.content
    assert (shown.content, shown.thinking) == (stored.content, stored.thinking)
