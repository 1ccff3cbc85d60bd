"""A server process from its beginning to its end."""

from __future__ import annotations

import logging
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy.exc import OperationalError

from app import static_files
from app.background import run_periodically, start_task
from app.config import ConfigError, current_config
from app.extensions import db, socketio
from app.replies import Runtime
from app.replies.leases import LeaseKeeper
from app.server.descriptors import places_for_connections
from app.server.shutdown import end_work
from app.server.threads import GuardedServer
from app.sockets.control_events import ControlEvents
from app.sockets.credentials import close_expired, credential_uses
from app.transport.crowds import Places

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
NO_DATABASE = "midstream: the database can't be reached, or not written. Is DATABASE_URL right?"
POLL_SECONDS = 0.1
NOTICES_SECONDS = 0.25  # what is taken from somebody must be gone within a second
EXPIRY_SECONDS = 1.0
LAST_USED_SECONDS = 2.0
CONNECTIONS_KEPT = 8

Server = Callable[[Flask, socket.socket, Places], None]


def serve(app: Flask, listener: socket.socket, server: Server) -> None:
    """Serve until somebody asks the process to stop, then end what it was doing."""
    stop = StopSign()
    _check_database(app)
    places = _places(app)
    static_files.prepare()
    _start_work(app)
    socketio.start_background_task(server, app, listener, places)
    host, port = listener.getsockname()[:2]
    print(f"Midstream is at http://{_bracketed(host)}:{port}", flush=True)
    while not stop.is_up:
        socketio.sleep(POLL_SECONDS)
    listener.close()
    with app.app_context():
        end_work(app.extensions["runtime"])


def serve_with_threads(app: Flask, listener: socket.socket, places: Places) -> None:
    """Serve for ever, each connection in a thread."""
    config = app.extensions["config"]
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    GuardedServer(app, listener, config.silence_seconds, places).serve_forever()


class StopSign:
    """Goes up when the process is asked to stop. A signal may come at any instruction, so it
    only sets a flag."""

    def __init__(self) -> None:
        self.is_up = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._raise)

    def _raise(self, _number: int, _frame: FrameType | None) -> None:
        self.is_up = True


def _check_database(app: Flask) -> None:
    """Refuse to serve from a database that the migrations have not made, or not to the end."""
    try:
        with app.app_context(), db.engine.connect() as connection:
            found = MigrationContext.configure(connection).get_current_revision()
    except OperationalError:
        sys.exit(NO_DATABASE)
    if found != ScriptDirectory(str(MIGRATIONS)).get_current_head():
        sys.exit("midstream: the database is not up to date; `flask db upgrade` brings it there.")


def _places(app: Flask) -> Places:
    """Refuse to serve where there could be hardly any connection."""
    try:
        return places_for_connections(app.extensions["config"])
    except ConfigError as error:
        sys.exit(f"midstream: {error}")


def _start_work(app: Flask) -> None:
    runtime: Runtime = app.extensions["runtime"]
    with app.app_context():
        _keep_connections()
        _start_tasks(runtime)


def _start_tasks(runtime: Runtime) -> None:
    start_task(runtime.group_commit.run)
    start_task(LeaseKeeper(runtime.group_commit, current_config().lease_seconds).run)
    start_task(run_periodically, ControlEvents().handle_new, NOTICES_SECONDS, NOTICES_SECONDS)
    start_task(run_periodically, close_expired, EXPIRY_SECONDS, EXPIRY_SECONDS)
    start_task(run_periodically, credential_uses.store, LAST_USED_SECONDS, LAST_USED_SECONDS)


def _keep_connections() -> None:
    """Open some connections to the database, which its pool keeps: later there may be no file
    descriptors for them."""
    with ExitStack() as connections:
        for _ in range(CONNECTIONS_KEPT):
            connections.enter_context(db.engine.connect())


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
