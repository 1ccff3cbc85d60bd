"""Frames are as wsproto would write them."""

from __future__ import annotations

import pytest
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, TextMessage

from app.transport.frames import encode_frame


@pytest.mark.parametrize("length", [0, 1, 125, 126, 65_535, 65_536])
def test_a_frame_is_as_wsproto_writes_it(length: int) -> None:
    text, data = "a" * length, b"a" * length
    assert encode_frame(text) == Connection(ConnectionType.SERVER).send(TextMessage(text))
    assert encode_frame(data) == Connection(ConnectionType.SERVER).send(BytesMessage(data))


def test_text_is_sent_as_utf_8() -> None:
    expected = Connection(ConnectionType.SERVER).send(TextMessage("größer"))
    assert encode_frame("größer") == expected
