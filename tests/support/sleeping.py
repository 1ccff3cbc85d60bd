"""A process that is paused, as a laptop's lid or a busy host does it."""

from __future__ import annotations

import signal
from contextlib import suppress

from sqlalchemy import text

from app.errors import Unavailable
from app.extensions import db
from tests.support.records import Records
from tests.support.server import Server


def put_to_sleep(server: Server, records: Records) -> None:
    """Pause a process in a moment in which it holds no lock, as it mostly does."""
    while True:
        server.signal(signal.SIGSTOP)
        with suppress(Unavailable):
            return records.write(lambda: db.session.execute(text("SELECT 1")) and None)
        server.signal(signal.SIGCONT)
