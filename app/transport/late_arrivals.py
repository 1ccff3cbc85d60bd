"""Against arrivals that come too late: a session may end while somebody is let in on it.

By itself Socket.IO then fails with a traceback in the log, or keeps whom it has let in for ever:
counted among its user's connections, and in its rooms.
"""

from __future__ import annotations

from typing import Any


def forget_late_arrivals(server: Any, namespace: str) -> None:
    """Let go of what a packet leaves behind in a session that has ended meanwhile."""
    engine = server.eio
    take_in = engine.handlers["message"]

    def on_message(session: str, data: Any) -> None:
        try:
            take_in(session, data)
        except KeyError:
            if _is_open(engine, session):
                raise
        finally:
            if not _is_open(engine, session):
                _forget(server.manager, session, namespace)

    engine.on("message", on_message)


def _is_open(engine: Any, session: str) -> bool:
    connection = engine.sockets.get(session)
    return connection is not None and not connection.closing


def _forget(manager: Any, session: str, namespace: str) -> None:
    sid = manager.sid_from_eio_sid(session, namespace)
    if sid is not None:
        manager.disconnect(sid, namespace, ignore_queue=True)
