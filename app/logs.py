"""The log: one handler, and no control characters from outside.

Requests and exceptions can hold any text. A line break in it could forge a log line, and an escape
sequence or a bidirectional control could change what a terminal shows.
"""

from __future__ import annotations

import logging
import re
from types import TracebackType

from app.characters import BIDIRECTIONAL_CONTROLS
from app.text import CONTROLS

LINE = "[%(asctime)s] %(levelname)s in %(name)s: %(message)s"
ESCAPED = re.compile(f"{CONTROLS.pattern}|{BIDIRECTIONAL_CONTROLS.pattern}")
ESCAPED_IN_LINES = re.compile(rf"(?!\n)(?:{ESCAPED.pattern})")
INDENT = "    "

ExceptionInfo = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)


class EscapingFormatter(logging.Formatter):
    """Writes control characters as `\\n` and `\\x1b`. Only a record begins without white space: the
    lines of a traceback are indented, whatever the exception's text is."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record's line, and its traceback; not one that another handler formatted."""
        record.exc_text = None
        return super().format(record)

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Return the record's line."""
        return ESCAPED.sub(_escaped, super().formatMessage(record))

    def formatException(self, ei: ExceptionInfo) -> str:
        """Return an exception's traceback."""
        return _indented(super().formatException(ei))

    def formatStack(self, stack_info: str) -> str:
        """Return the stack that a record was made with."""
        return _indented(super().formatStack(stack_info))


def configure() -> None:
    """Write what all loggers report to standard error, once and escaped.

    Call it after the app was created: libraries add handlers of their own until then.
    """
    for logger in logging.root.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.handlers.clear()
    handler = logging.StreamHandler()
    handler.setFormatter(EscapingFormatter(LINE))
    logging.root.addHandler(handler)


def _indented(text: str) -> str:
    escaped = ESCAPED_IN_LINES.sub(_escaped, text)
    return INDENT + escaped.replace("\n", f"\n{INDENT}")


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")
