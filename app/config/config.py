"""Every setting, read from the environment once and checked; docs/operations.md explains each."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from flask import current_app

from app.config.addresses import public_url_from
from app.config.database import DatabaseSettings, database_url_from
from app.config.file_store import S3Settings, file_store_from
from app.config.files import FileSettings
from app.config.mail import MailServer, mail_server_from
from app.config.monitoring import DEFAULT_MONITORING, MonitoringSettings
from app.config.monthly_limit import Limit, monthly_limit_from
from app.config.openid import OpenIdSettings, openid_from
from app.config.prices import Price, prices_from
from app.config.push import PushSettings, push_settings_from
from app.config.rate_limits import DEFAULT_RATE_LIMITS, RateLimits
from app.config.redis import RedisSettings, redis_url_from
from app.config.registration import domains_from, registration_from
from app.config.secret_keys import INSTANCE, keys_secrets_from, secret_key_from
from app.config.variables import ConfigError, Env, choice, names, number

ASYNC_MODES = ("eventlet", "threading")
MOST_SECONDS = 1_000_000  # more than any timeout; the system's own take some hundred years
MOST_MS = 10_000
MOST = 1_000_000_000

NO_REDIS = "WORKERS above 1 needs REDIS_URL: the workers send each other events through Redis."


@dataclass(frozen=True)
class Config:
    """The settings of one process."""

    secret_key: str
    keys_secrets: tuple[str, ...] = ()  # what encrypts the keys of providers, besides secret_key
    production: bool = False
    host: str = "127.0.0.1"
    port: int = 5000
    database_url: str = f"sqlite:///{INSTANCE / 'midstream.sqlite3'}"
    database: DatabaseSettings = field(default_factory=DatabaseSettings)
    redis_url: str | None = None
    redis: RedisSettings = field(default_factory=RedisSettings)
    workers: int = 1
    public_url: str | None = None  # without a slash at the end
    registration: str = "closed"
    domains: tuple[str, ...] = ()  # of addresses that may register
    mail: MailServer | None = None
    push: PushSettings | None = None
    openid: OpenIdSettings | None = None
    # Only wsgi.py makes the process ready for eventlet, and it reads the environment, whose default
    # is eventlet. A Config made in code, as tests do, must work in a process without that.
    async_mode: str = "threading"
    models: tuple[str, ...] | None = None
    title_model: str | None = None
    vision_models: tuple[str, ...] = ()  # of the settings' models those that see pictures
    files: FileSettings = field(default_factory=FileSettings)
    file_store: S3Settings | None = None  # None: the database
    prices: Mapping[str, Price] = field(default_factory=dict)  # by model
    mention_mail_minutes: int = 15
    audit_days: int = 365  # for so long security events are kept
    monthly_limit: Limit | None = None  # of each person
    lease_seconds: float = 15.0
    drain_seconds: float = 30.0  # after SIGTERM, for the answers that are being written
    commit_interval_seconds: float = 0.040
    provider_connect_seconds: float = 10.0
    provider_read_seconds: float = 60.0
    provider_total_seconds: float = 900.0
    trusted_proxies: int = 0
    max_connections_per_address: int = 5000
    max_connections_per_user: int = 2000
    max_connections_per_share: int = 500
    max_connections_of_strangers: int = 1000
    backlog_bytes: int = 4_000_000
    huge_pages: bool = True  # of memory, where the system has them
    silence_seconds: float = 30.0
    sign_in_seconds: float = 10.0
    rate_limits: RateLimits = DEFAULT_RATE_LIMITS
    monitoring: MonitoringSettings = DEFAULT_MONITORING

    @classmethod
    def from_env(cls, env: Env = os.environ) -> Config:
        """Return the settings in `env`, and defaults for the rest.

        Raises ConfigError with a sentence for the operator.
        """
        production = choice(env, "MIDSTREAM_ENV", ("development", "production")) == "production"
        numbers = _numbers(env)
        workers = numbers["workers"]
        config = cls(
            secret_key=secret_key_from(env, production),
            keys_secrets=keys_secrets_from(env),
            production=production,
            host=env.get("HOST") or cls.host,
            database_url=database_url_from(env) or cls.database_url,
            database=DatabaseSettings.from_env(env),
            redis_url=redis_url_from(env),
            redis=RedisSettings.from_env(env),
            public_url=public_url_from(env),
            registration=registration_from(env),
            domains=domains_from(env),
            mail=mail_server_from(env),
            push=push_settings_from(env),
            openid=openid_from(env, production=production),
            async_mode=choice(env, "ASYNC_MODE", ASYNC_MODES),
            huge_pages=choice(env, "HUGE_PAGES", ("on", "off")) == "on",
            models=names(env.get("MODELS", "")),
            title_model=env.get("TITLE_MODEL", "").strip() or None,
            vision_models=names(env.get("VISION_MODELS", "")) or (),
            files=FileSettings.from_env(env),
            file_store=file_store_from(env),
            prices=prices_from(env),
            monthly_limit=monthly_limit_from(env),
            commit_interval_seconds=number(env, "BEAT_MS", 40.0, least=0, most=MOST_MS) / 1000,
            rate_limits=RateLimits.from_env(env),
            monitoring=MonitoringSettings.from_env(env, production=production, workers=workers),
            **numbers,
        )
        if config.workers > 1 and not config.redis_url:
            raise ConfigError(NO_REDIS)
        return config

    @property
    def address(self) -> str:
        """Return the address of the server, as far as the settings say it."""
        return self.public_url or f"http://{self.host}:{self.port}"


def current_config() -> Config:
    """Return the current app's settings."""
    return cast(Config, current_app.extensions["config"])


NUMBERS = {  # by variable: the field, and the least and most that make sense
    "PORT": ("port", 0, 65535),
    "WORKERS": ("workers", 1, 64),
    "MENTION_MAIL_MINUTES": ("mention_mail_minutes", 0, 1440),
    "AUDIT_DAYS": ("audit_days", 1, 36_500),
    "LEASE_SECONDS": ("lease_seconds", 0.1, MOST_SECONDS),
    "DRAIN_SECONDS": ("drain_seconds", 0, MOST_SECONDS),
    "PROVIDER_CONNECT_SECONDS": ("provider_connect_seconds", 0.01, MOST_SECONDS),
    "PROVIDER_READ_SECONDS": ("provider_read_seconds", 0.01, MOST_SECONDS),
    "PROVIDER_TOTAL_SECONDS": ("provider_total_seconds", 0.01, MOST_SECONDS),
    "TRUSTED_PROXIES": ("trusted_proxies", 0, 100),
    "MAX_CONNECTIONS_PER_ADDRESS": ("max_connections_per_address", 1, MOST),
    "MAX_CONNECTIONS_PER_USER": ("max_connections_per_user", 1, MOST),
    "MAX_CONNECTIONS_PER_SHARE": ("max_connections_per_share", 1, MOST),
    "MAX_CONNECTIONS_OF_STRANGERS": ("max_connections_of_strangers", 1, MOST),
    "BACKLOG_BYTES": ("backlog_bytes", 1, MOST),
    "SILENCE_SECONDS": ("silence_seconds", 0.1, MOST_SECONDS),
    "SIGN_IN_SECONDS": ("sign_in_seconds", 0.1, MOST_SECONDS),
}


def _numbers(env: Env) -> dict[str, Any]:
    """Return the fields in NUMBERS, whole numbers where the defaults are."""
    return {
        field: number(env, variable, getattr(Config, field), least=least, most=most)
        for variable, (field, least, most) in NUMBERS.items()
    }
