"""Moves SQLite's log into the database beside the event loop, which would wait for the disk.

By itself SQLite does so in the commit that fills the log: with some hundred answers once a second,
and meanwhile nobody's text is sent.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress

from app.background import offload
from app.database import LOG_BYTES
from app.extensions import db

PASSES = 4  # in each the log is as long as what was written during the one before


def move_log() -> None:
    """Move the log into the database if it has become long; on PostgreSQL there is none."""
    path = db.engine.url.database
    if db.engine.dialect.name == "sqlite" and path and _log_bytes(path) > LOG_BYTES:
        offload(_move, path)


def _log_bytes(path: str) -> int:
    with suppress(FileNotFoundError):
        return os.stat(f"{path}-wal").st_size
    return 0


def _move(path: str) -> None:
    """Move what is in the log, without holding up who reads or writes. Once it is empty, whoever
    writes next begins it anew. Where that fails, the commit that fills the log does it."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(path)) as connection:
        for _ in range(PASSES):
            is_busy, pages, moved = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            if is_busy or moved == pages:
                return
