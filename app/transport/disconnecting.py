"""Cuts connections whose readers are slow to go: they get nothing more, not even what is on its
way."""

from __future__ import annotations

import logging
from collections.abc import Callable

from app.errors import attempt
from app.extensions import socketio
from app.transport.session import Session

logger = logging.getLogger(__name__)

GRACE_SECONDS = 0.5  # in which a reader that reads has read the server's last packet
MAX_LATE_BYTES = 4096


def cut_remaining(sessions: list[Session]) -> None:
    """After the grace period, cut those of the disconnected sessions that are still open."""
    _cut_soon(sessions, lambda _: True)


def cut_slow(sessions: list[Session]) -> None:
    """After the grace period, cut the sessions that have not taken what was sent before it.

    Readers who may still read come back.
    """
    sent = {session: session.queue.put_bytes for session in sessions}
    _cut_soon(sessions, lambda each: each.bytes_left(sent[each]) > MAX_LATE_BYTES)


def _cut_soon(sessions: list[Session], is_due: Callable[[Session], bool]) -> None:
    if sessions:
        socketio.start_background_task(_cut, sessions, is_due)


def _cut(sessions: list[Session], is_due: Callable[[Session], bool]) -> None:
    socketio.sleep(GRACE_SECONDS)
    for session in sessions:
        if not session.closed and is_due(session):
            _, error = attempt(session.cut)
            if error:
                logger.error("A session could not be cut.", exc_info=error)
