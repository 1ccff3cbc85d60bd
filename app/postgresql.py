"""Connections to PostgreSQL: their time limits, those kept for commits and leases, and PgBouncer.

PgBouncer gives each transaction another connection. Then a prepared statement may be on another
one, and a setting would stay for somebody else: there nothing is prepared, and each transaction
sets its own limits.
"""

from __future__ import annotations

import logging
import os
import socket
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text

from app import direct
from app.config import RESERVED_CONNECTIONS, DatabaseSettings

# PostgreSQL ends a transaction whose process does nothing for so long. If it is paused, it would
# keep its locks from all others, and commit a control event when nobody looks for it any more.
IDLE_SECONDS = 20.0

# A partner that says nothing for so long is gone: the network between may drop all packets.
NETWORK = {"keepalives_idle": 5, "keepalives_interval": 5, "tcp_user_timeout": 15_000}

# Each process names its connections, and how many it may have, so that others can add them up.
NAME = "midstream {most} {process}"
NAME_LENGTH = 63  # PostgreSQL cuts what is longer
ALLOWED = """
SELECT current_setting('max_connections')::int
     - current_setting('superuser_reserved_connections')::int AS allowed,
       coalesce(sum(most), 0) AS others
FROM (
    SELECT DISTINCT application_name, substring(application_name from '^midstream ([0-9]+) ')::int
    FROM pg_stat_activity WHERE application_name <> current_setting('application_name')
) AS process (name, most)
"""
# What the address says itself comes first.
NAMED = (
    "set_config('application_name', "
    "coalesce(nullif(current_setting('application_name'), ''), %s), false)"
)
TOO_MANY = (
    "this server may open {wanted} connections to PostgreSQL, and {others} the processes that are "
    "connected already; it allows {allowed} to all its users together. Lower DATABASE_POOL_SIZE, "
    "DATABASE_POOL_OVERFLOW or WORKERS, or raise max_connections: else pages are refused at times, "
    "and processes may fail to start."
)
LIMITS = "midstream.limits"  # the key in a connection's `info` of what each transaction begins with
_reserved: WeakKeyDictionary[Engine, Engine] = WeakKeyDictionary()


def is_postgresql(url: str) -> bool:
    """Return whether an address is that of a PostgreSQL."""
    return make_url(url).get_backend_name() == "postgresql"


def connect_args(url: str, settings: DatabaseSettings) -> dict[str, Any]:
    """Return how the driver connects; what the address says itself comes first."""
    own = {**NETWORK, "connect_timeout": settings.connect_seconds}
    return {name: value for name, value in own.items() if name not in make_url(url).query}


def install(engine: Engine, settings: DatabaseSettings) -> None:
    """Set the limits of each connection that an engine makes, and reserve some besides."""
    logging.getLogger("psycopg").setLevel(logging.ERROR)  # it warns of each that is lost; so do we
    reserved = create_engine(
        engine.url,
        connect_args=connect_args(engine.url.render_as_string(False), settings),
        hide_parameters=True,
        pool_size=RESERVED_CONNECTIONS,
        max_overflow=0,
        pool_timeout=settings.pool_seconds,
    )
    commits = settings._replace(lock_seconds=settings.commit_lock_seconds)
    event.listen(engine, "connect", partial(_set_up, settings))
    event.listen(reserved, "connect", partial(_set_up, commits))
    event.listen(engine, "engine_disposed", lambda _engine: reserved.dispose())
    _reserved[engine] = reserved


def reserved_engine(engine: Engine) -> Engine:
    """Return the engine of the connections that no page can take; SQLite's is the only one."""
    return _reserved.get(engine, engine)


def is_pooled(connection: Connection) -> bool:
    """Return whether there is a PgBouncer between."""
    return LIMITS in connection.info


def begin(connection: Connection) -> None:
    """Set the limits of a transaction, where its connection can't have any of its own."""
    limits = connection.info.get(LIMITS)
    if limits and connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        direct.execute(connection, limits)


def too_many(connection: Connection, wanted: int) -> str | None:
    """Return a sentence for the operator where PostgreSQL allows fewer connections than `wanted`
    and those that the processes may open which are connected already; None where they are enough,
    or PgBouncer has its own."""
    if is_pooled(connection):
        return None
    found = connection.execute(text(ALLOWED)).one()
    if wanted + found.others <= found.allowed:
        return None
    return TOO_MANY.format(wanted=wanted, others=found.others, allowed=found.allowed)


def _set_up(settings: DatabaseSettings, connection: Any, record: Any) -> None:
    from app.postgresql_cursor import StepwiseCursor  # it needs the driver, and SQLite does not

    connection.cursor_factory = StepwiseCursor
    connection.autocommit = True  # or the settings would end with a rollback
    (process,) = connection.execute("SELECT pg_backend_pid()", prepare=False).fetchone()
    if process == connection.info.backend_pid:
        connection.execute(f"{_limits(settings, is_local=False)}, {NAMED}", [_name(settings)])
    else:  # whoever has answered is no process of PostgreSQL
        connection.prepare_threshold = None
        record.info[LIMITS] = _limits(settings, is_local=True)
    connection.autocommit = False


def _name(settings: DatabaseSettings) -> str:
    process = f"{os.getpid()}@{socket.gethostname()}"
    return NAME.format(most=settings.most_connections, process=process)[:NAME_LENGTH]


def _limits(settings: DatabaseSettings, *, is_local: bool) -> str:
    seconds = {
        "lock_timeout": settings.lock_seconds,
        "statement_timeout": settings.statement_seconds,
        "idle_in_transaction_session_timeout": IDLE_SECONDS,
    }
    calls = (
        f"set_config('{name}', '{1000 * value:.0f}', {str(is_local).lower()})"
        for name, value in seconds.items()
    )
    return f"SELECT {', '.join(calls)}"
