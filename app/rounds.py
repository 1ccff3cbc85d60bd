"""What every server process does again and again, whatever happens to it meanwhile."""

from __future__ import annotations

import logging
from collections.abc import Callable

from app.extensions import socketio

logger = logging.getLogger(__name__)


def make_rounds(work: Callable[[], None], seconds: float, pause_seconds: float) -> None:
    """Do `work` every `seconds` for ever; after a failure, which is likely to last, pause."""
    while True:
        try:
            work()
            socketio.sleep(seconds)
        except Exception:  # whatever it is, others depend on the next round
            logger.exception("A round failed; another one follows.")
            socketio.sleep(pause_seconds)
