"""What a server process does so that an operator sees how it is."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from flask import Flask

from app import counts, metrics
from app.extensions import socketio
from app.server.listening import bind, start_listening
from app.transport.connection_limit import ConnectionLimit

logger = logging.getLogger(__name__)

PORT = ("METRICS_HOST", "METRICS_PORT")
LAG_SECONDS = 1.0
FREEZE_SECONDS = 2.0
MOST_CONNECTIONS = 16  # of programs that ask for metrics

Server = Callable[[Flask, Any, ConnectionLimit], None]


def serve_metrics(app: Flask, server: Server, worker: int) -> None:
    """Serve `/metrics` on the port of its own that the settings name; the first worker is 1."""
    settings = app.extensions["config"].monitoring
    if settings.metrics_port is None:
        return
    listener = bind(settings.metrics_host, settings.metrics_port + worker - 1, settings=PORT)
    start_listening(listener, PORT)
    limit = ConnectionLimit(None, MOST_CONNECTIONS)
    socketio.start_background_task(server, _metrics_app(app), listener, limit)


def _metrics_app(app: Flask) -> Flask:
    """Return an app that has nothing but the metrics of another one."""
    alone = Flask(__name__, static_folder=None)
    alone.extensions |= {name: app.extensions[name] for name in ("config", "metrics")}
    alone.add_url_rule("/metrics", view_func=metrics.page)
    return alone


def watch_lag() -> None:
    """Measure for ever how late a task wakes up. Says so where the process has not run at all."""
    while True:
        before = time.monotonic()
        socketio.sleep(LAG_SECONDS)
        note_lag(time.monotonic() - before - LAG_SECONDS)


def note_lag(seconds: float) -> None:
    """Note how late a task has woken up."""
    counts.LOOP_LAG_SECONDS.note(max(0.0, seconds))
    if seconds > FREEZE_SECONDS:
        logger.warning(
            "This process did not run for %.1f s: it was stopped, or the machine was too busy.",
            seconds,
        )
