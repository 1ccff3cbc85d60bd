"""What goes to readers is no longer than its text."""

from __future__ import annotations

import json

import pytest

from app.transport import plain_json
from app.transport.malformed_packets import ReaderPacket


@pytest.mark.parametrize("text", ["ascii", "größer", "漢字", "😀", '"\\\u2028\x1e'])
def test_texts_are_not_escaped(text: str) -> None:
    told = plain_json.dumps({"content": text}, separators=(",", ":"))
    assert json.loads(told) == {"content": text}
    if text.isprintable():
        assert told == f'{{"content":"{text}"}}'


def test_what_is_no_unicode_is() -> None:
    assert plain_json.dumps("😀\ud800").encode() == rb'"\ud83d\ude00\ud800"'


def test_the_app_sends_it(app: object) -> None:
    assert ReaderPacket.json is plain_json
