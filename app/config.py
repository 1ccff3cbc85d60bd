"""Every setting, read once from the environment; `docs/operations.md` explains each."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from app.limits import DEFAULTS, Limits

INSTANCE = Path(__file__).resolve().parent.parent / "instance"
ASYNC_MODES = ("eventlet", "threading")


class ConfigError(ValueError):
    """A setting that the app can't start with; its text is a sentence for the operator."""


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
        production = _one_of(env, "MIDSTREAM_ENV", ("development", "production")) == "production"
        return cls(
            secret_key=env.get("SECRET_KEY") or _development_key(production),
            production=production,
            host=env.get("HOST", cls.host),
            database_url=env.get("DATABASE_URL") or cls.database_url,
            redis_url=env.get("REDIS_URL") or None,
            async_mode=_one_of(env, "ASYNC_MODE", ASYNC_MODES),
            models=_names(env.get("MODELS", "")),
            beat_seconds=_number(env, "BEAT_MS", cls.beat_seconds * 1000, least=0) / 1000,
            limits=_limits(env),
            **_numbers(env),
        )


NUMBERS = {  # by their variables: the field, and the least that makes sense
    "PORT": ("port", 0),
    "LEASE_SECONDS": ("lease_seconds", 0.1),
    "PROVIDER_CONNECT_SECONDS": ("provider_connect_seconds", 0.01),
    "PROVIDER_READ_SECONDS": ("provider_read_seconds", 0.01),
    "PROVIDER_TOTAL_SECONDS": ("provider_total_seconds", 0.01),
    "TRUSTED_PROXIES": ("trusted_proxies", 0),
    "MAX_CONNECTIONS_PER_ADDRESS": ("max_connections_per_address", 1),
    "MAX_CONNECTIONS_PER_USER": ("max_connections_per_user", 1),
    "BACKLOG_BYTES": ("backlog_bytes", 1),
    "SILENCE_SECONDS": ("silence_seconds", 0.1),
    "SIGN_IN_SECONDS": ("sign_in_seconds", 0.1),
}


def _numbers(env: Mapping[str, str]) -> dict[str, Any]:
    """Return the fields in NUMBERS: whole numbers where their defaults are."""
    numbers: dict[str, Any] = {}
    for variable, (field, least) in NUMBERS.items():
        default = getattr(Config, field)
        numbers[field] = type(default)(_number(env, variable, default, least=least))
    return numbers


def _limits(env: Mapping[str, str]) -> Limits:
    try:
        return Limits.from_env(env)
    except ValueError as error:
        raise ConfigError(str(error)) from None


def _one_of(env: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    value = env.get(name) or choices[0]
    if value not in choices:
        raise ConfigError(f"{name} must be one of {', '.join(choices)}, not {value!r}.")
    return value


def _number(env: Mapping[str, str], name: str, default: float, *, least: float) -> float:
    text = env.get(name) or str(default)
    try:
        value = float(text)
    except ValueError:
        raise ConfigError(f"{name} must be a number, not {text!r}.") from None
    if not least <= value < float("inf"):
        raise ConfigError(f"{name} must be at least {least:g}, not {text}.")
    return value


def _names(text: str) -> tuple[str, ...] | None:
    return tuple(name.strip() for name in text.split(",") if name.strip()) or None


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
