"""A malformed packet closes the connection, and its attachments are dropped."""

from __future__ import annotations

import pytest

from tests.support.cast import Cast
from tests.support.raw import BINARY, RawWebSocket
from tests.support.server import Server
from tests.system.transport.conftest import Memory

pytestmark = pytest.mark.system

PACKETS = {
    "a binary event": '451-/conversations,["join",{"_placeholder":true,"num":0}]',
    "a binary event of a thousand": '451000-/conversations,["join"]',
    "an ack": "43/conversations,1[]",
    "a binary ack": "461-/conversations,1[]",
    "a refusal": "44/conversations,{}",
    "of unknown type": "47/conversations,",
    "an event with attachments": '421-/conversations,["join"]',
    "an event without a name": "42/conversations,[]",
    "an event whose name is a number": "42/conversations,[1]",
    "an event that is not a list": '42/conversations,{"join":1}',
    "an event without data": "42/conversations,",
    "the reserved event connect": '42/conversations,["connect",{"token":"x"}]',
    "the reserved event disconnect": '42/conversations,["disconnect"]',
    "broken JSON": '42/conversations,["join"',
    "JSON that is too deep": "42/conversations," + "[" * 100_000,
    "a number with too many digits": "42/conversations,[" + "1" * 5_000 + "]",
    "an id with too many digits": "42/conversations," + "1" * 200 + '["join"]',
    "nothing": "4",
    "JSON alone": '4{"a":1}',
    "a word": "4hello",
}


@pytest.mark.parametrize("packet", PACKETS.values(), ids=PACKETS)
def test_a_malformed_packet_closes_the_connection(server: Server, cast: Cast, packet: str) -> None:
    with RawWebSocket(server.url) as ws:
        ws.sign_in(cast.olive.token)
        ws.frame(packet)
        assert ws.is_over(1)


def test_attachments_do_not_accumulate(server: Server, cast: Cast, memory: Memory) -> None:
    before = memory()
    for _ in range(5):
        with RawWebSocket(server.url) as ws:
            ws.sign_in(cast.olive.token)
            ws.frame('451000-/conversations,["join"]')
            for _ in range(20):
                try:
                    ws.frame(b"a" * 250_000, BINARY)
                except OSError:
                    break
    assert memory() - before < 5_000_000
