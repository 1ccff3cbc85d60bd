"""Server-sent events, as the HTML standard defines them, and as servers send them.

https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream

Beyond the standard:
- the last event counts although no blank line follows it;
- a line that begins with `{` or `[` is JSON without a field name: a whole answer or an error in
  place of a stream, a stream of one JSON document a line, or a bare `[DONE]`;
- an event begins with each `data:` line if the line before it is a whole JSON document: some
  servers leave out the blank lines.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from app.providers.base import PermanentError

MAX_EVENT_BYTES = 1_000_000
"""Of a line, of an event, and of a body that is one JSON document: as long as an answer may get."""

DONE = "[DONE]"
TOO_LARGE = "The model's provider sent more at once than can be read."
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class ServerEvent(NamedTuple):
    """One event; `type` is empty where the server names none."""

    type: str
    data: str


def read_events(chunks: Iterable[bytes]) -> Iterator[ServerEvent]:
    """Yield the events in a response's body, UTF-8 that arrives in `chunks`.

    Raises PermanentError if an event is longer than MAX_EVENT_BYTES.
    """
    events = _Events()
    for line in _lines(chunks):
        yield from events.read(line)
    yield from events.rest()


class _Events:
    """Collects the lines of one event after the other."""

    def __init__(self) -> None:
        self._type = b""
        self._data: list[bytes] = []
        self._bytes = 0
        self._is_json = False

    def read(self, line: bytes) -> Iterator[ServerEvent]:
        """Yield the events that end with or before this line."""
        if self._is_json:
            self._add(line)
        elif not line:
            yield from self.rest()
        elif line.lstrip()[:1] in (b"{", b"["):
            yield from self.rest()
            self._add(line)
            if _is_whole(line):
                yield from self.rest()
            else:
                self._is_json = True  # to the end of the body
        else:
            yield from self._field(line)

    def rest(self) -> Iterator[ServerEvent]:
        """Yield the event that has been collected, if it has data."""
        if self._data:
            yield ServerEvent(_text(self._type), _text(b"\n".join(self._data)))
        self._type, self._data, self._bytes = b"", [], 0

    def _field(self, line: bytes) -> Iterator[ServerEvent]:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            if len(self._data) == 1 and _is_whole(self._data[0]):
                yield from self.rest()
            self._add(value)
        elif name == b"event":
            self._type = value

    def _add(self, line: bytes) -> None:
        self._bytes += len(line) + 1
        if self._bytes > MAX_EVENT_BYTES:
            raise PermanentError(TOO_LARGE)
        self._data.append(line)


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield lines, which end with CR, LF or both; the last one also without."""
    line = bytearray()
    is_first, after_cr = True, False
    for chunk in chunks:
        if not chunk:
            continue
        if after_cr:
            chunk = chunk.removeprefix(b"\n")  # the second half of a CR LF
        after_cr = chunk.endswith(b"\r")
        pieces = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        for piece in pieces[:-1]:
            whole, line = bytes(line + piece), bytearray()
            yield whole.removeprefix(BYTE_ORDER_MARK) if is_first else whole
            is_first = False
        line += pieces[-1]
        if len(line) > MAX_EVENT_BYTES:
            raise PermanentError(TOO_LARGE)
    if line:
        yield bytes(line).removeprefix(BYTE_ORDER_MARK) if is_first else bytes(line)


def _is_whole(line: bytes) -> bool:
    """Return whether a line is a JSON document by itself, or says that the stream is over."""
    text = _text(line).strip()
    if text == DONE:
        return True
    try:
        json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return False
    return True


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace")
