"""Where things are: the database, and this server for its users."""

from __future__ import annotations

import re

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from app.config.variables import ConfigError, Env

DATABASE_DRIVERS = ("pysqlite", "psycopg")
PUBLIC_URL = re.compile(
    r"https?://[A-Za-z0-9.-]+(:\d{1,5})?(/[A-Za-z0-9._~-]+)*|https?://\[[0-9a-f:]+\](:\d{1,5})?"
)


def database_url_from(env: Env) -> str | None:
    """Return the URL if it can be one. An error does not repeat it: it may hold a password."""
    url = env.get("DATABASE_URL") or None
    try:
        driver = make_url(url).get_dialect().driver if url else None
    except (ArgumentError, ImportError, ValueError):
        raise ConfigError("DATABASE_URL must be the address of a database.") from None
    if driver and driver not in DATABASE_DRIVERS:
        raise ConfigError("DATABASE_URL must be an SQLite or a postgresql+psycopg address.")
    return url


def public_url_from(env: Env) -> str | None:
    """Return the address under which people find this server, without a slash at the end."""
    url = (env.get("PUBLIC_URL") or "").rstrip("/")
    if url and not PUBLIC_URL.fullmatch(url):
        raise ConfigError("PUBLIC_URL must be like `https://chat.example.org`.")
    return url or None
