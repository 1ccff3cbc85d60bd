"""How a line of the log looks: as text for a terminal, or as JSON for programs.

Requests and exceptions can hold any text. A line break in it could forge a log line, and an escape
sequence or a bidirectional control could change what a terminal shows.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Mapping
from types import TracebackType

from app.characters import BIDIRECTIONAL_CONTROLS
from app.logs import context
from app.text import CONTROLS

LINE = "[%(asctime)s %(process)d] %(levelname)s in %(name)s: %(message)s"
ESCAPED = re.compile(f"{CONTROLS.pattern}|{BIDIRECTIONAL_CONTROLS.pattern}")
ESCAPED_IN_LINES = re.compile(rf"(?!\n)(?:{ESCAPED.pattern})")
INDENT = "    "
MOST_CHARACTERS = 10_000  # of a message, and of the end of a traceback
PLAIN = re.compile(r"[^\s\"'=]+")

ExceptionInfo = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)


class Timestamps:
    """Times in UTC by ISO 8601, to the millisecond. A second's is made once."""

    def __init__(self) -> None:
        self._of_second = (0, "")

    def text(self, created: float) -> str:
        """Return a time that `time.time` has returned."""
        second = int(created)
        known, text = self._of_second
        if second != known:
            text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
            self._of_second = (second, text)
        return f"{text}.{int((created - second) * 1000):03d}Z"


class TextFormatter(logging.Formatter):
    """Writes control characters as `\\n` and `\\x1b`. Only a record begins without white space: the
    lines of a traceback are indented, whatever the exception's text is."""

    def __init__(self) -> None:
        super().__init__(LINE)
        self._times = Timestamps()

    def format(self, record: logging.LogRecord) -> str:
        """Return a record's line, and its traceback; not one that another handler formatted."""
        record.exc_text = None
        return super().format(record)

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        """Return when a record was made."""
        return self._times.text(record.created)

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Return the record's line, with what it is about at the end."""
        line = super().formatMessage(record)[:MOST_CHARACTERS]
        for name, value in _fields_of(record).items():
            line += f" {name}={_in_line(value)}"
        return ESCAPED.sub(_escaped, line)

    def formatException(self, ei: ExceptionInfo) -> str:
        """Return an exception's traceback."""
        return _indented(super().formatException(ei)[-MOST_CHARACTERS:])

    def formatStack(self, stack_info: str) -> str:
        """Return the stack that a record was made with."""
        return _indented(super().formatStack(stack_info))


class JsonFormatter(logging.Formatter):
    """Writes an object of JSON in a line, all in ASCII: so nothing in it ends a line, or changes
    what a terminal shows."""

    def __init__(self) -> None:
        super().__init__()
        self._times = Timestamps()
        self._encode = json.JSONEncoder(default=str, check_circular=False).encode

    def format(self, record: logging.LogRecord) -> str:
        """Return a record's line. The traceback is a text in it."""
        line: dict[str, object] = {
            "time": self._times.text(record.created),
            "level": record.levelname,
            "process": record.process,
            "logger": record.name,
            "message": record.getMessage()[:MOST_CHARACTERS],
            **_fields_of(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)[-MOST_CHARACTERS:]
        return self._encode(line)


def _fields_of(record: logging.LogRecord) -> Mapping[str, object]:
    """Return what a record is about, by its own word and by where it was made."""
    own: Mapping[str, object] | None = getattr(record, "fields", None)
    return {**context.current(), **own} if own else context.current()


def _in_line(value: object) -> str:
    text = str(value)
    return text if PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def _indented(text: str) -> str:
    escaped = ESCAPED_IN_LINES.sub(_escaped, text)
    return INDENT + escaped.replace("\n", f"\n{INDENT}")


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")
