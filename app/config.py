"""Every setting, read once from the environment; `docs/operations.md` explains each."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from app.auth.rate_limits import DEFAULTS, Limits
from app.environment import ConfigError, database_url, names, number, one_of, redis_url

INSTANCE = Path(__file__).resolve().parent.parent / "instance"
ASYNC_MODES = ("eventlet", "threading")


@dataclass(frozen=True)
class Config:
    """The settings of one process."""

    secret_key: str
    production: bool = False
    host: str = "127.0.0.1"
    port: int = 5000
    database_url: str = f"sqlite:///{INSTANCE / 'midstream.sqlite3'}"
    redis_url: str | None = None
    async_mode: str = "threading"
    models: tuple[str, ...] | None = None
    lease_seconds: float = 15.0
    beat_seconds: float = 0.040
    provider_connect_seconds: float = 10.0
    provider_read_seconds: float = 60.0
    provider_total_seconds: float = 900.0
    trusted_proxies: int = 0
    max_connections_per_address: int = 5000
    max_connections_per_user: int = 2000
    backlog_bytes: int = 4_000_000
    silence_seconds: float = 30.0
    sign_in_seconds: float = 10.0
    limits: Limits = DEFAULTS

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Config:
        """Return the settings that `env` holds, defaults for the rest.

        Raises ConfigError with a sentence for the operator.
        """
        production = one_of(env, "MIDSTREAM_ENV", ("development", "production")) == "production"
        return cls(
            secret_key=env.get("SECRET_KEY") or _development_key(production),
            production=production,
            host=env.get("HOST") or cls.host,
            database_url=database_url(env) or cls.database_url,
            redis_url=redis_url(env),
            async_mode=one_of(env, "ASYNC_MODE", ASYNC_MODES),
            models=names(env.get("MODELS", "")),
            beat_seconds=number(env, "BEAT_MS", cls.beat_seconds * 1000, least=0) / 1000,
            limits=_limits(env),
            **_numbers(env),
        )


NUMBERS = {  # by their variables: the field, and the least and most that make sense
    "PORT": ("port", 0, 65535),
    "LEASE_SECONDS": ("lease_seconds", 0.1, inf),
    "PROVIDER_CONNECT_SECONDS": ("provider_connect_seconds", 0.01, inf),
    "PROVIDER_READ_SECONDS": ("provider_read_seconds", 0.01, inf),
    "PROVIDER_TOTAL_SECONDS": ("provider_total_seconds", 0.01, inf),
    "TRUSTED_PROXIES": ("trusted_proxies", 0, inf),
    "MAX_CONNECTIONS_PER_ADDRESS": ("max_connections_per_address", 1, inf),
    "MAX_CONNECTIONS_PER_USER": ("max_connections_per_user", 1, inf),
    "BACKLOG_BYTES": ("backlog_bytes", 1, inf),
    "SILENCE_SECONDS": ("silence_seconds", 0.1, inf),
    "SIGN_IN_SECONDS": ("sign_in_seconds", 0.1, inf),
}


def _numbers(env: Mapping[str, str]) -> dict[str, Any]:
    """Return the fields in NUMBERS: whole numbers where their defaults are."""
    numbers: dict[str, Any] = {}
    for variable, (field, least, most) in NUMBERS.items():
        default = getattr(Config, field)
        numbers[field] = type(default)(number(env, variable, default, least=least, most=most))
    return numbers


def _limits(env: Mapping[str, str]) -> Limits:
    try:
        return Limits.from_env(env)
    except ValueError as error:
        raise ConfigError(str(error)) from None


def _development_key(production: bool) -> str:
    """Return this installation's own key, made on the first run: sessions outlive a restart."""
    if production:
        raise ConfigError("SECRET_KEY must be set in production.")
    INSTANCE.mkdir(exist_ok=True)
    path = INSTANCE / "secret_key"
    if not path.exists():
        with NamedTemporaryFile("w", dir=INSTANCE) as file:  # readable by nobody else
            file.write(secrets.token_hex(32))
            file.flush()
            with suppress(FileExistsError):  # of two first runs at once, one wins
                os.link(file.name, path)
    return path.read_text()
