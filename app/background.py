"""Runs background work periodically, and goes on after errors."""

from __future__ import annotations

import logging
from collections.abc import Callable

from app.extensions import socketio

logger = logging.getLogger(__name__)


def run_periodically(work: Callable[[], None], seconds: float, pause_seconds: float) -> None:
    """Do `work` every `seconds` for ever; after a failure, which is likely to last, pause."""
    while True:
        try:
            work()
            socketio.sleep(seconds)
        except Exception:  # whatever it is, others depend on the next run
            logger.exception("Periodic work failed; it is tried again.")
            socketio.sleep(pause_seconds)
