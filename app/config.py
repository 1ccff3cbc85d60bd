"""Every setting, read once from the environment; `docs/operations.md` explains each."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

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
            port=int(_number(env, "PORT", cls.port, least=0)),
            database_url=env.get("DATABASE_URL") or cls.database_url,
            redis_url=env.get("REDIS_URL") or None,
            async_mode=_one_of(env, "ASYNC_MODE", ASYNC_MODES),
            models=_names(env.get("MODELS", "")),
            lease_seconds=_number(env, "LEASE_SECONDS", cls.lease_seconds, least=0.1),
            beat_seconds=_number(env, "BEAT_MS", cls.beat_seconds * 1000, least=0) / 1000,
            provider_connect_seconds=_number(
                env, "PROVIDER_CONNECT_SECONDS", cls.provider_connect_seconds, least=0.01
            ),
            provider_read_seconds=_number(
                env, "PROVIDER_READ_SECONDS", cls.provider_read_seconds, least=0.01
            ),
            provider_total_seconds=_number(
                env, "PROVIDER_TOTAL_SECONDS", cls.provider_total_seconds, least=0.01
            ),
            trusted_proxies=int(_number(env, "TRUSTED_PROXIES", cls.trusted_proxies, least=0)),
            max_connections_per_address=int(
                _number(
                    env, "MAX_CONNECTIONS_PER_ADDRESS", cls.max_connections_per_address, least=1
                )
            ),
            max_connections_per_user=int(
                _number(env, "MAX_CONNECTIONS_PER_USER", cls.max_connections_per_user, least=1)
            ),
            backlog_bytes=int(_number(env, "BACKLOG_BYTES", cls.backlog_bytes, least=1)),
            silence_seconds=_number(env, "SILENCE_SECONDS", cls.silence_seconds, least=0.1),
            sign_in_seconds=_number(env, "SIGN_IN_SECONDS", cls.sign_in_seconds, least=0.1),
            limits=_limits(env),
        )


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
