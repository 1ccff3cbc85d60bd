"""Server-sent events, as the HTML standard defines them, and as servers send them.

https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream

Beyond the standard:
- the last event counts although no blank line follows it;
- a line that begins with `{` or `[` is JSON without a field name: a whole answer or an error in
  place of a stream, a stream of one JSON document a line, or a bare `[DONE]`;
- an event begins with each `data:` line if the data before it is a whole JSON document: some
  servers leave out the blank lines;
- an `error:` line is the data of an event of the type `error` (llama.cpp);
- `data:` may be there twice in a line, by a proxy that frames what is framed already;
- JSON documents may follow each other in a line, where a proxy has joined events.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import NamedTuple

from app.providers.base import PermanentError

MAX_EVENT_BYTES = 1_000_000
"""Of a line, of an event, and of a body that is one JSON document: as long as an answer may get."""

MOST_DOCUMENTS = 2_000
"""In one event: between two events others get a turn."""

DONE = "[DONE]"
USUAL = b"data: {"
"""How a line with a token begins, as nearly all do."""
USUAL_END = b"}\n\n"
BETWEEN_USUAL = "}\n\ndata: {"

TOO_LARGE = "The model's provider sent more at once than can be read."
LONGEST_INTEGER = 30  # digits
WHITE_SPACE = re.compile(r"\s*")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def documents(text: str) -> list[object]:
    """Return the JSON documents in a text, which may follow each other without a separator.

    Raises ValueError where it is not JSON, RecursionError, and PermanentError for too many.
    """
    found: list[object] = []
    at = _after_space(text, 0)
    while at < len(text):
        if len(found) == MOST_DOCUMENTS:
            raise PermanentError(TOO_LARGE)
        value, end = DOCUMENT.raw_decode(text, at)
        found.append(value)
        at = _after_space(text, end)
    return found


class ServerEvent(NamedTuple):
    """One event; `type` is empty where the server names none."""

    type: str
    data: str

    @property
    def is_done(self) -> bool:
        """Return whether it says that the stream is over, with or without quotation marks."""
        return _is_done(self.data)


class ServerEvents:
    """Collects the events of a response's body, UTF-8 that arrives in chunks."""

    def __init__(self) -> None:
        self._lines = _Lines()
        self._whole: list[ServerEvent] = []
        self._type = b""  # that was named since the data began
        self._type_before = b""  # and before
        self._data: list[bytes] = []
        self._bytes = 0
        self._is_json = False
        self._error: PermanentError | None = None

    def feed(self, chunk: bytes) -> list[ServerEvent]:
        """Return the events that end in a chunk, or with the body: then there is no more of it.
        `check` says what is wrong then."""
        if usual := self._usual_in(chunk):
            return usual
        try:
            if chunk:
                self._read_all(self._lines.feed(chunk))
            else:
                self._read_all(self._lines.rest())
                self._end_event()
        except PermanentError as error:
            self._error = error
        whole, self._whole = self._whole, []
        return whole

    def check(self) -> None:
        """Raise PermanentError if an event is longer than MAX_EVENT_BYTES."""
        if self._error:
            raise self._error

    def _usual_in(self, chunk: bytes) -> list[ServerEvent]:
        """Return the events of a chunk that is nothing but whole events of one usual line each, as
        nearly all are; none where it is anything else, or continues what came before.

        Reading it line by line would return the same, in several times as long.
        """
        if not chunk.startswith(USUAL) or not chunk.endswith(USUAL_END):
            return []
        if self._data or self._type or self._is_json or not self._lines.is_between_two:
            return []
        texts = _text(chunk[len(USUAL) : -len(USUAL_END)]).split(BETWEEN_USUAL)
        has_others = chunk.count(b"\n") != 2 * len(texts) or b"\r" in chunk
        if has_others or len(chunk) > MAX_EVENT_BYTES:
            return []
        return [ServerEvent("", f"{{{text}}}") for text in texts]

    def _read_all(self, lines: Iterable[bytes]) -> None:
        for line in lines:
            self._read(line)

    def _read(self, line: bytes) -> None:
        if self._is_json:
            self._add(line)
        elif not line:
            self._end_event()
        elif line.startswith(USUAL) and not self._data:
            self._add(line.removeprefix(b"data: "))
        elif line.lstrip()[:1] in (b"{", b"["):
            self._end_event()
            self._add(line)
            if _is_whole(line):
                self._end_event()
            else:
                self._is_json = True  # to the end of the body
        else:
            self._field(line)

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            if len(self._data) == 1 and _is_whole(self._data[0]):
                self._end(self._type_before)
            self._add(value.removeprefix(b"data:"))
        elif name == b"error":
            self._end(self._type_before)
            self._type = name
            self._add(value)
        elif name == b"event":
            self._type = value

    def _end_event(self) -> None:
        self._end(self._type or self._type_before)
        self._type = b""

    def _end(self, kind: bytes) -> None:
        """End the event that has been collected, if it has data."""
        if self._data:
            data = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
            self._whole.append(ServerEvent(_text(kind), _text(data)))
        self._type_before, self._data, self._bytes = b"", [], 0

    def _add(self, line: bytes) -> None:
        self._bytes += len(line) + 1
        if self._bytes > MAX_EVENT_BYTES:
            raise PermanentError(TOO_LARGE)
        if not self._data:
            self._type_before, self._type = self._type, b""
        self._data.append(line)


class _Lines:
    """Splits a body into lines, which end with CR, LF or both; the last one also without."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._is_first = True
        self._after_cr = False

    @property
    def is_between_two(self) -> bool:
        """Return whether the next chunk begins a line, and not the first one."""
        return not (self._is_first or self._rest or self._after_cr)

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the lines that end in a chunk."""
        if not chunk:
            return []
        if self._after_cr:
            chunk = chunk.removeprefix(b"\n")  # the second half of a CR LF
        self._after_cr = chunk.endswith(b"\r")
        lines = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        self._rest += lines[0]
        if len(self._rest) > MAX_EVENT_BYTES:
            raise PermanentError(TOO_LARGE)
        if len(lines) == 1:
            return []
        lines[0], self._rest = bytes(self._rest), bytearray(lines.pop())
        return self._without_mark(lines)

    def rest(self) -> list[bytes]:
        """Return the line that has not ended."""
        return self._without_mark([bytes(self._rest)]) if self._rest else []

    def _without_mark(self, lines: list[bytes]) -> list[bytes]:
        if self._is_first:
            lines[0] = lines[0].removeprefix(BYTE_ORDER_MARK)
            self._is_first = False
        return lines


def _is_whole(line: bytes) -> bool:
    """Return whether a line consists of JSON documents, or says that the stream is over."""
    text = _text(line).strip()
    if _is_done(text):
        return True
    try:
        return bool(documents(text))
    except (ValueError, RecursionError):
        return False


def _is_done(text: str) -> bool:
    return len(text) < 100 and text.strip().strip('"').upper() == DONE


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace")


def _after_space(text: str, at: int) -> int:
    found = WHITE_SPACE.match(text, at)
    return found.end() if found else at


def _integer(digits: str) -> object:
    return int(digits) if len(digits) < LONGEST_INTEGER else None


# some servers don't escape tabs; Python refuses numbers of more than 4,300 digits
DOCUMENT = json.JSONDecoder(strict=False, parse_int=_integer)
