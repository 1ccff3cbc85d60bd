"""JSON for readers is no longer than its text; the malformed packets are in tests/system."""

from __future__ import annotations

import json

import pytest

from app.transport.packets import ReaderPacket, UnescapedJSON


@pytest.mark.parametrize("text", ["ascii", "größer", "漢字", "😀", '"\\\u2028\x1e'])
def test_text_is_not_escaped(text: str) -> None:
    encoded = UnescapedJSON.dumps({"content": text}, separators=(",", ":"))
    assert json.loads(encoded) == {"content": text}
    if text.isprintable():
        assert encoded == f'{{"content":"{text}"}}'


def test_text_that_is_no_unicode_is_escaped() -> None:
    assert UnescapedJSON.dumps("😀\ud800").encode() == rb'"\ud83d\ude00\ud800"'


def test_the_app_sends_packets_with_it(app: object) -> None:
    assert ReaderPacket.json is UnescapedJSON
