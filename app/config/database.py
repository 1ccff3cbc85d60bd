"""The settings about the database: where it is, how many connections there are to it, how long
anything waits for it, and how much."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from app.config.variables import ConfigError, Env, number

# One for the group commit, its leases, control events and the look for expired leases each: those
# that wait for a page's connection never hold up an answer.
RESERVED_CONNECTIONS = 4
MOST_CONNECTIONS = 1000
MOST_SECONDS = 3600
MOST_MEGABYTES = 1_000_000
NOT_A_DATABASE = (
    "DATABASE_URL must be the address of a database, like `sqlite:////srv/midstream.sqlite3` or "
    "`postgresql://user:password@host/name`."
)
UNKNOWN_OPTION = "DATABASE_URL must be an address whose options, after the `?`, PostgreSQL knows."
# However PostgreSQL is named, the one driver that we use is meant.
POSTGRESQL = ("postgres", "postgresql", "postgresql+psycopg", "postgresql+psycopg2")
SQLITE = ("sqlite", "sqlite+pysqlite")


class DatabaseSettings(NamedTuple):
    """How many connections a process has, and for how long anything waits: in seconds, 0 where it
    may take as long as it likes; and how much text may wait."""

    pool_size: int = 10  # connections that stay open
    pool_overflow: int = 10  # more of them, while they are needed
    pool_seconds: float = 10.0  # for one of them to be free
    connect_seconds: int = 5  # for a new one
    lock_seconds: float = 5.0  # for what another transaction has locked
    commit_lock_seconds: float = 0.2  # the same, for a commit, which others wait for
    statement_seconds: float = 30.0
    patience_seconds: float = 90.0  # so long answers are held back that can't be stored
    held_megabytes: int = 200  # of memory for the texts of all of them

    @property
    def most_connections(self) -> int:
        """Return how many connections a process has at most."""
        return self.pool_size + self.pool_overflow + RESERVED_CONNECTIONS

    @classmethod
    def from_env(cls, env: Env) -> DatabaseSettings:
        """Return what `DATABASE_POOL_SIZE` and so on say."""
        default = cls()
        values: dict[str, Any] = {
            field: number(env, variable, getattr(default, field), least=least, most=most)
            for variable, (field, least, most) in NUMBERS.items()
        }
        return cls(**values)


NUMBERS = {  # by variable: the field, and the least and most that make sense
    "DATABASE_POOL_SIZE": ("pool_size", 1, MOST_CONNECTIONS),
    "DATABASE_POOL_OVERFLOW": ("pool_overflow", 0, MOST_CONNECTIONS),
    "DATABASE_POOL_SECONDS": ("pool_seconds", 0.1, MOST_SECONDS),
    "DATABASE_CONNECT_SECONDS": ("connect_seconds", 2, MOST_SECONDS),  # psycopg waits for 2 s
    "DATABASE_LOCK_SECONDS": ("lock_seconds", 0, MOST_SECONDS),
    "DATABASE_COMMIT_LOCK_SECONDS": ("commit_lock_seconds", 0.01, MOST_SECONDS),
    "DATABASE_STATEMENT_SECONDS": ("statement_seconds", 0, MOST_SECONDS),
    "DATABASE_PATIENCE_SECONDS": ("patience_seconds", 1, MOST_SECONDS),
    "DATABASE_HELD_MEGABYTES": ("held_megabytes", 1, MOST_MEGABYTES),
}


def database_url_from(env: Env) -> str | None:
    """Return the URL as SQLAlchemy takes it. An error does not repeat it: it may hold a password.

    Sockets are `postgresql://user@/name?host=/run/postgresql`, IPv6 is `postgresql://[::1]/name`.
    """
    text = (env.get("DATABASE_URL") or "").strip()
    if not text:
        return None
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise ConfigError(NOT_A_DATABASE) from None
    if url.drivername in SQLITE:
        return text
    if url.drivername not in POSTGRESQL:
        raise ConfigError(NOT_A_DATABASE)
    url = url.set(drivername="postgresql+psycopg")
    _check_options(url)
    return url.render_as_string(hide_password=False)


def _check_options(url: URL) -> None:
    """Refuse what the driver would refuse with each connection."""
    dialect = url.get_dialect()
    driver: Any = dialect.import_dbapi()  # only who uses PostgreSQL waits for its import
    _, options = dialect().create_connect_args(url)
    try:
        driver.conninfo.make_conninfo(**options)
    except driver.ProgrammingError:
        raise ConfigError(UNKNOWN_OPTION) from None
