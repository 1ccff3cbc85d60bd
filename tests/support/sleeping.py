"""A process that is paused, as a laptop's lid or a busy host does it."""

from __future__ import annotations

import signal
import sqlite3
import time
from contextlib import closing

from tests.support.records import Records
from tests.support.server import Server

LOCK_SECONDS = 0.2
AWAKE_SECONDS = 0.05


def put_to_sleep(server: Server, records: Records) -> None:
    """Pause a process in a moment in which it holds no lock, as it mostly does."""
    path = records.app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///")
    server.signal(signal.SIGSTOP)
    while is_locked(path):
        server.signal(signal.SIGCONT)
        time.sleep(AWAKE_SECONDS)  # in which it comes to the end of what it was in
        server.signal(signal.SIGSTOP)


def is_locked(path: str) -> bool:
    """Say whether somebody keeps others from writing to an SQLite database."""
    with closing(sqlite3.connect(path, timeout=LOCK_SECONDS)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        return False
