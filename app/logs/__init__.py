"""The log: one handler that never waits, lines as text or as JSON, and no control characters from
outside.

What a line is about (`about`, `context`) comes after its text, or beside it in JSON. Nothing secret
belongs there: tests/test_log_calls.py looks at each call.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import Any

from app.config import MonitoringSettings
from app.database_failures import HideFailures
from app.logs import context
from app.logs.floods import FloodFilter
from app.logs.formatting import JsonFormatter, TextFormatter
from app.logs.writing import LineWriter, QueueHandler

__all__ = ["about", "configure", "context"]

OURS = "app"

StartThread = Callable[[Callable[[], None]], Any]
FORMATTERS: dict[str, type[logging.Formatter]] = {"text": TextFormatter, "json": JsonFormatter}


def configure(
    settings: MonitoringSettings | None = None, start_thread: StartThread | None = None
) -> None:
    """Write what all loggers report to standard error, once and escaped.

    With `start_thread` a thread of its own writes, which must be a real one. Call it after the app
    was created: libraries add handlers of their own until then.
    """
    settings = settings or MonitoringSettings()
    for logger in logging.root.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.handlers.clear()
    handler = _handler(start_thread)
    handler.setFormatter(FORMATTERS[settings.log_format]())
    handler.addFilter(HideFailures())
    handler.addFilter(FloodFilter())
    logging.root.addHandler(handler)
    logging.getLogger(OURS).setLevel(settings.log_level.upper())


def about(logger: logging.Logger, what: str, **fields: object) -> None:
    """Log at the level INFO what has been done, and what is known about it."""
    if logger.isEnabledFor(logging.INFO):
        logger.info(what, extra={"fields": fields}, stacklevel=2)


def _handler(start_thread: StartThread | None) -> logging.Handler:
    if start_thread is None:
        return logging.StreamHandler()
    writer = LineWriter(sys.stderr.fileno())
    start_thread(writer.run)
    return QueueHandler(writer)
