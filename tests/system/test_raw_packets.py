"""The packets of docs/protocol.md, without a Socket.IO library, and long polling."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import websocket

from app.transport.tcp import RESET_ON_CLOSE
from midstream.ordered_client import OrderedClient
from midstream.rule import Message, MessageLog
from tests.support.cast import Cast
from tests.support.client import NAMESPACE
from tests.support.database import Database
from tests.support.server import Server
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.async_mode]

SECONDS = 10.0
Wire = websocket.WebSocket
QUESTION = "How far? /think 10 /tokens 60 /rate 40"


@pytest.fixture
def wire(server_url: str) -> Iterator[Wire]:
    """A WebSocket with an open Engine.IO session."""
    address = server_url.replace("http", "ws", 1)
    wire = websocket.create_connection(
        f"{address}/socket.io/?EIO=4&transport=websocket", timeout=SECONDS
    )
    opening = wire.recv()
    assert opening[0] == "0"
    assert json.loads(opening[1:])["pingInterval"] == 25_000
    assert json.loads(opening[1:])["pingTimeout"] == 20_000
    yield wire
    wire.close()


def connect(wire: Wire, **auth: Any) -> str:
    """Send a CONNECT packet and return the response."""
    wire.send(f"40/conversations,{json.dumps(auth)}")
    return str(wire.recv())


def refusal(packet: str) -> str:
    """Return the message of a CONNECT_ERROR packet."""
    assert packet.startswith("44/conversations,")
    return str(json.loads(packet.removeprefix("44/conversations,"))["message"])


def read_until(wire: Wire, is_last: Callable[[str], bool]) -> list[str]:
    """Read packets up to one for which `is_last` is true; return all of them."""
    packets = [str(wire.recv())]
    while not is_last(packets[-1]):
        packets.append(str(wire.recv()))
    return packets


def test_a_send_and_a_join_are_acknowledged_as_documented(
    wire: Wire, cast: Cast, database: Database
) -> None:
    where = database.conversation(cast.olive)
    assert connect(wire, token=cast.olive.token, protocol=1).startswith('40/conversations,{"sid":')
    question = json.dumps(["send", {"conversation": where, "content": "Why? /tokens 3 /rate 0"}])
    wire.send(f"42/conversations,0{question}")
    assert read_until(wire, is_ack)[-1].startswith('43/conversations,0[{"ok":true,"id":')

    wire.send(f"42/conversations,1{json.dumps(['join', {'conversation': where, 'after': 0}])}")
    *events, ack = read_until(wire, lambda packet: packet.startswith("43/conversations,1"))

    assert any(event.startswith('42/conversations,["message",{"id":') for event in events)
    description = json.loads(ack.removeprefix("43/conversations,1"))[0]
    asked = next(event for event in events if '"role":"user"' in event)
    sender = json.loads(asked.removeprefix("42/conversations,"))[1]["sender"]
    assert description == {
        "ok": True,
        "conversation": where,
        "title": description["title"],
        "members": ["Olive"],
        "people": [{"name": "Olive", "sender": sender, "role": "owner"}],
        "position": 2,
        "revision": 0,
        "version": description["version"],
    }
    assert description["version"] >= 0


def is_ack(packet: str) -> bool:
    return packet.startswith("43/conversations,")


@pytest.mark.parametrize("auth", [{}, {"token": "midstream_no"}], ids=["none", "wrong"])
def test_without_a_valid_token_the_connection_is_unauthorized(
    wire: Wire, auth: dict[str, str]
) -> None:
    assert refusal(connect(wire, **auth)) == "unauthorized"


def test_an_unknown_protocol_version_is_refused(wire: Wire, cast: Cast) -> None:
    sentence = refusal(connect(wire, token=cast.olive.token, protocol=2))
    assert sentence == "This server speaks protocol 1 of Midstream only."


def test_an_unknown_event_is_invalid(wire: Wire, cast: Cast) -> None:
    connect(wire, token=cast.olive.token)
    wire.send('42/conversations,7["dance",{}]')
    ack = json.loads(str(wire.recv()).removeprefix("43/conversations,7"))[0]
    assert ack == {"ok": False, "error": "invalid", "message": "There is no such event."}


def test_unknown_keys_are_ignored(wire: Wire, cast: Cast) -> None:
    connect(wire, token=cast.olive.token, colour="blue")
    wire.send('42/conversations,8["create",{"title":"New","colour":"blue"}]')
    ack = json.loads(str(wire.recv()).removeprefix("43/conversations,8"))[0]
    assert ack["ok"] is True


class PollingReader:
    """Joins once and applies every event to its log."""

    def __init__(self, url: str, token: str, transports: list[str]) -> None:
        self.client = OrderedClient()
        self._lock = threading.Lock()
        self.client.on("*", self._receive, namespace=NAMESPACE)
        self.client.connect(
            url, auth={"token": token}, transports=transports, namespaces=[NAMESPACE]
        )

    def read(self, conversation: str) -> None:
        self.log = MessageLog(conversation)
        assert self.ask("join", {"conversation": conversation, "after": 0})["ok"]

    def ask(self, event: str, payload: dict[str, object]) -> dict[str, object]:
        return dict(self.client.call(event, payload, namespace=NAMESPACE, timeout=20))

    def message(self, id: object) -> Message | None:
        with self._lock:
            return self.log.messages.get(str(id))

    def shows(self, id: object, text: str) -> bool:
        """Return whether it shows a message, complete, with this text."""
        message = self.message(id)
        return message is not None and (message.content, message.status) == (text, "complete")

    def _receive(self, event: str, data: dict[str, object]) -> None:
        with self._lock:
            self.log.apply(event, data)


@pytest.fixture(params=[["polling"], ["polling", "websocket"]], ids=["polling", "upgraded"])
def reader(request: pytest.FixtureRequest, server: Server, cast: Cast) -> Iterator[PollingReader]:
    reader = PollingReader(server.url, cast.max.token, request.param)
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


def test_a_client_that_resets_its_connections_can_poll_on(server_url: str) -> None:
    """As HAProxy does after each response."""
    path = "/socket.io/?EIO=4&transport=polling"
    opened = requests.get(server_url + path, timeout=20).text
    path += f"&sid={json.loads(opened[1:])['sid']}"
    for _ in range(5):
        packet = "40/conversations,"  # without a token: the answer is a refusal
        assert requests.post(server_url + path, data=packet, timeout=20).text == "OK"
        assert poll_and_reset(server_url, path) == b"HTTP/1.1 200 OK"


def poll_and_reset(url: str, path: str) -> bytes:
    """Poll on a connection that is reset after the response; return the status line."""
    host = urlsplit(url)
    with socket.create_connection((host.hostname, host.port), timeout=20) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {host.netloc}\r\n\r\n".encode())
        response = b""
        while b'{"message":"unauthorized"}' not in response:
            data = connection.recv(4096)
            assert data, response
            response += data
    return response.partition(b"\r\n")[0]
