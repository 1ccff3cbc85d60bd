"""Every setting, read from the environment once and checked; docs/operations.md explains each.

This module imports nothing of the app: whatever may need a setting can import it.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, NamedTuple, cast
from urllib.parse import unquote, urlsplit

from flask import current_app
from limits import RateLimitItem, parse
from redis.connection import parse_url
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

INSTANCE = Path(__file__).resolve().parent.parent / "instance"
ASYNC_MODES = ("eventlet", "threading")
REDIS_SCHEMES = ("redis://", "rediss://", "unix://")
UNLIMITED = "off"
MOST_SECONDS = 1_000_000  # more than any timeout; the system's own take some hundred years
MOST_MS = 10_000
MOST = 1_000_000_000
KEY_FILE = "secret_key"
SHOWN = 40  # characters of an invalid value
DATABASE_DRIVERS = ("pysqlite", "psycopg")
KEY_LENGTH = 32  # characters that such a secret has at least: 128 random bits in hexadecimal

NO_REDIS = "WORKERS above 1 needs REDIS_URL: the workers send each other events through Redis."
PUBLIC_URL = re.compile(
    r"https?://[A-Za-z0-9.-]+(:\d{1,5})?(/[A-Za-z0-9._~-]+)*|https?://\[[0-9a-f:]+\](:\d{1,5})?"
)

REGISTRATIONS = ("closed", "invitation", "open")
DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
MAIL_FROM = re.compile(r"[^\s@<>,;:\"]+@[^\s@<>,;:\"]+")
ISSUER_LENGTH = 500
OPENID_NAME_LENGTH = 40
SMTP_PORTS = {"smtp": 587, "smtps": 465}
DOLLARS = r"(\d{1,4}(?:\.\d{1,4})?)"
LIMIT = re.compile(r"(\d{1,6}(?:\.\d{1,2})?|\d{1,12}(?= *t)) *(dollars|tokens)")
NO_LIMIT = "none"
PRICE = re.compile(rf"(\S.*)=\s*{DOLLARS}\s*/\s*{DOLLARS}")

Env = Mapping[str, str]


class ConfigError(ValueError):
    """A setting that the app can't start with; its text is a sentence for the operator."""


class RateLimits(NamedTuple):
    """What is allowed; None means no limit. A team that reconnects at once in all its tabs stays
    below all of them."""

    events: RateLimitItem | None = parse("50 per second")  # of any kind, from one connection
    join: RateLimitItem | None = parse("2000 per 10 seconds")
    send: RateLimitItem | None = parse("600 per minute")
    retry: RateLimitItem | None = parse("300 per minute")
    react: RateLimitItem | None = parse("300 per minute")
    presence: RateLimitItem | None = parse("120 per minute")
    typing: RateLimitItem | None = parse("1 per second")
    page: RateLimitItem | None = parse("300 per minute")
    search: RateLimitItem | None = parse("120 per minute")
    token: RateLimitItem | None = parse("60 per minute")
    invite: RateLimitItem | None = parse("60 per minute")
    link: RateLimitItem | None = parse("60 per minute")
    share: RateLimitItem | None = parse("1200 per minute")  # of one address: pages and joins
    admin: RateLimitItem | None = parse("120 per minute")
    register: RateLimitItem | None = parse("30 per hour")
    mail: RateLimitItem | None = parse("5 per hour")
    sign_in_account: RateLimitItem | None = parse("10 per 5 minutes")
    sign_in_address: RateLimitItem | None = parse("200 per 5 minutes")
    sign_in_browser: RateLimitItem | None = parse("10 per 5 minutes")  # one that is known
    password: RateLimitItem | None = parse("10 per 5 minutes")  # the current one, to change it

    @classmethod
    def from_env(cls, env: Env) -> RateLimits:
        """Return what `LIMIT_EVENTS` and so on say: `60 per minute`, or `off`."""
        texts = {name: env.get(f"LIMIT_{name.upper()}") for name in cls._fields}
        return cls(**{name: _rate_limit(name, text) for name, text in texts.items() if text})


DEFAULT_RATE_LIMITS = RateLimits()


class Price(NamedTuple):
    """What a million tokens that a model reads, and that it writes, cost: in ten-thousandths of a
    dollar, so that a page and a server calculate alike."""

    read: int
    written: int


def in_price(dollars: str) -> int:
    """Return dollars in the unit of a Price."""
    return round(float(dollars) * 10_000)


class Limit(NamedTuple):
    """How much a person may use of the models in a month: tokens, or dollars, in the unit of
    `Price` times a million."""

    is_dollars: bool
    amount: int

    @property
    def dollars(self) -> float:
        """Return the amount in dollars."""
        return self.amount / DOLLAR


DOLLAR = 10_000 * 1_000_000  # in the unit of a Price, times a million


def parse_limit(text: str) -> Limit | None:
    """Return the limit that a text like `20 dollars` or `500000 tokens` says, None for `none`.

    Raises ValueError for any other.
    """
    if text.strip() == NO_LIMIT:
        return None
    found = LIMIT.fullmatch(text.strip())
    if found is None:
        raise ValueError("not a limit")
    amount, unit = found.groups()
    if unit == "tokens":
        return Limit(False, int(float(amount)))
    return Limit(True, round(float(amount) * DOLLAR))


class MailServer(NamedTuple):
    """The server that sends mail, and whom it is from; `tls` from the first byte, else STARTTLS."""

    host: str
    port: int
    tls: bool
    user: str | None
    password: str | None
    sender: str


class OpenIdSettings(NamedTuple):
    """A provider of OpenID Connect: `issuer` as it says itself; `secret` is None for a public
    client; `name` is what the button says."""

    issuer: str
    client_id: str
    secret: str | None
    name: str


@dataclass(frozen=True)
class Config:
    """The settings of one process."""

    secret_key: str
    keys_secrets: tuple[str, ...] = ()  # what encrypts the keys of providers, besides secret_key
    production: bool = False
    host: str = "127.0.0.1"
    port: int = 5000
    database_url: str = f"sqlite:///{INSTANCE / 'midstream.sqlite3'}"
    redis_url: str | None = None
    workers: int = 1
    public_url: str | None = None  # without a slash at the end
    registration: str = "closed"
    domains: tuple[str, ...] = ()  # of addresses that may register
    mail: MailServer | None = None
    openid: OpenIdSettings | None = None
    # Only wsgi.py makes the process ready for eventlet, and it reads the environment, whose default
    # is eventlet. A Config made in code, as tests do, must work in a process without that.
    async_mode: str = "threading"
    models: tuple[str, ...] | None = None
    title_model: str | None = None
    prices: Mapping[str, Price] = field(default_factory=dict)  # by model
    mention_mail_minutes: int = 15
    monthly_limit: Limit | None = None  # of each person
    lease_seconds: float = 15.0
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
    silence_seconds: float = 30.0
    sign_in_seconds: float = 10.0
    rate_limits: RateLimits = DEFAULT_RATE_LIMITS

    @classmethod
    def from_env(cls, env: Env = os.environ) -> Config:
        """Return the settings in `env`, and defaults for the rest.

        Raises ConfigError with a sentence for the operator.
        """
        production = _choice(env, "MIDSTREAM_ENV", ("development", "production")) == "production"
        config = cls(
            secret_key=_secret_key(env, production),
            keys_secrets=_keys_secrets(env),
            production=production,
            host=env.get("HOST") or cls.host,
            database_url=_database_url(env) or cls.database_url,
            redis_url=_redis_url(env),
            public_url=_public_url(env),
            registration=_registration(env),
            domains=_domains(env),
            mail=_mail_server(env),
            openid=_openid(env, production=production),
            async_mode=_choice(env, "ASYNC_MODE", ASYNC_MODES),
            models=_names(env.get("MODELS", "")),
            title_model=env.get("TITLE_MODEL", "").strip() or None,
            prices=_prices(env),
            monthly_limit=_monthly_limit(env),
            commit_interval_seconds=_number(env, "BEAT_MS", 40.0, least=0, most=MOST_MS) / 1000,
            rate_limits=RateLimits.from_env(env),
            **_numbers(env),
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
    "LEASE_SECONDS": ("lease_seconds", 0.1, MOST_SECONDS),
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
        field: _number(env, variable, getattr(Config, field), least=least, most=most)
        for variable, (field, least, most) in NUMBERS.items()
    }


def _number(env: Env, name: str, default: float, *, least: float, most: float) -> float:
    kind, what = (int, "a whole number") if isinstance(default, int) else (float, "a number")
    text = env.get(name) or str(default)
    try:
        value = kind(text)
    except ValueError:
        raise ConfigError(f"{name} must be {what}, not {text[:SHOWN]!r}.") from None
    if not least <= value <= most:  # `nan` is not
        raise ConfigError(f"{name} must be from {least} to {most}, not {text[:SHOWN]}.")
    return value


def _choice(env: Env, name: str, choices: tuple[str, ...]) -> str:
    """Return a variable's value; the first choice where it is not set."""
    value = env.get(name) or choices[0]
    if value not in choices:
        raise ConfigError(f"{name} must be one of {', '.join(choices)}, not {value!r}.")
    return value


def _names(text: str) -> tuple[str, ...] | None:
    return tuple(name.strip() for name in text.split(",") if name.strip()) or None


def _prices(env: Env) -> dict[str, Price]:
    prices = {}
    for entry in _names(env.get("PRICES", "")) or ():
        found = PRICE.fullmatch(entry)
        if found is None:
            raise ConfigError(f"PRICES must be like `openai:MODEL=1.25/10`, not {entry[:SHOWN]!r}.")
        model, read, written = found.groups()
        prices[model.strip()] = Price(in_price(read), in_price(written))
    return prices


def _monthly_limit(env: Env) -> Limit | None:
    text = env.get("MONTHLY_LIMIT") or NO_LIMIT
    try:
        return parse_limit(text)
    except ValueError:
        raise ConfigError(
            f"MONTHLY_LIMIT must be like `20 dollars`, `500000 tokens` or `{NO_LIMIT}`, "
            f"not {text[:SHOWN]!r}."
        ) from None


def _rate_limit(name: str, text: str) -> RateLimitItem | None:
    if text == UNLIMITED:
        return None
    try:
        return parse(text)
    except ValueError:
        variable = f"LIMIT_{name.upper()}"
        raise ConfigError(
            f"{variable} must be like `60 per minute` or `{UNLIMITED}`, not {text!r}."
        ) from None


def _database_url(env: Env) -> str | None:
    """Return the URL if it can be one. An error does not repeat it: it may hold a password."""
    url = env.get("DATABASE_URL") or None
    try:
        driver = make_url(url).get_dialect().driver if url else None
    except (ArgumentError, ImportError, ValueError):
        raise ConfigError("DATABASE_URL must be the address of a database.") from None
    if driver and driver not in DATABASE_DRIVERS:
        raise ConfigError("DATABASE_URL must be an SQLite or a postgresql+psycopg address.")
    return url


def _redis_url(env: Env) -> str | None:
    url = env.get("REDIS_URL") or None
    if url and not url.startswith(REDIS_SCHEMES):
        raise ConfigError(f"REDIS_URL must begin with {' or '.join(REDIS_SCHEMES)}.")
    try:
        if url:
            parse_url(url)  # type: ignore[no-untyped-call]
    except ValueError:
        raise ConfigError("REDIS_URL must be the address of a Redis.") from None
    return url


def _public_url(env: Env) -> str | None:
    url = (env.get("PUBLIC_URL") or "").rstrip("/")
    if url and not PUBLIC_URL.fullmatch(url):
        raise ConfigError("PUBLIC_URL must be like `https://chat.example.org`.")
    return url or None


def _registration(env: Env) -> str:
    """Return who may make an account: one of REGISTRATIONS, or `domains`."""
    value = (env.get("REGISTRATION") or REGISTRATIONS[0]).strip()
    if value in REGISTRATIONS:
        return value
    if not _domains(env):
        raise ConfigError(
            f"REGISTRATION must be {', '.join(REGISTRATIONS)}, or domains like "
            f"`example.org,example.com`, not {value[:SHOWN]!r}."
        )
    if not env.get("SMTP_URL"):
        raise ConfigError("REGISTRATION by domains needs SMTP_URL: addresses are checked by mail.")
    return "domains"


def _domains(env: Env) -> tuple[str, ...]:
    names = _names((env.get("REGISTRATION") or "").lower()) or ()
    return names if all(DOMAIN.fullmatch(name) for name in names) else ()


def _mail_server(env: Env) -> MailServer | None:
    """Return the server in SMTP_URL. An error does not repeat it: it may hold a password."""
    if not env.get("SMTP_URL"):
        return None
    try:
        url = urlsplit(env["SMTP_URL"])
        host, port = url.hostname, url.port
    except ValueError:
        host = None
    if not host or url.scheme not in SMTP_PORTS:
        raise ConfigError("SMTP_URL must be like `smtp://user:password@mail.example.org:587`.")
    for name in ("MAIL_FROM", "PUBLIC_URL"):
        if not env.get(name):
            raise ConfigError(f"{name} must be set where SMTP_URL is.")
    if not MAIL_FROM.fullmatch(env["MAIL_FROM"]):
        raise ConfigError("MAIL_FROM must be an address, like `midstream@example.org`.")
    user, password = (part and unquote(part) for part in (url.username, url.password))
    tls = url.scheme == "smtps"
    return MailServer(host, port or SMTP_PORTS[url.scheme], tls, user, password, env["MAIL_FROM"])


def _openid(env: Env, *, production: bool) -> OpenIdSettings | None:
    """Return the provider in OIDC_ISSUER. An error does not repeat the secret."""
    issuer, client_id = env.get("OIDC_ISSUER", "").strip(), env.get("OIDC_CLIENT_ID", "").strip()
    if not issuer:
        return None
    if not PUBLIC_URL.fullmatch(issuer.removesuffix("/")) or len(issuer) > ISSUER_LENGTH:
        raise ConfigError("OIDC_ISSUER must be like `https://accounts.example.org`.")
    if production and not issuer.startswith("https://"):
        raise ConfigError("OIDC_ISSUER must begin with `https://` in production.")
    if not client_id:
        raise ConfigError("OIDC_CLIENT_ID must be set where OIDC_ISSUER is.")
    name = env.get("OIDC_NAME", "").strip() or urlsplit(issuer).hostname or issuer
    if len(name) > OPENID_NAME_LENGTH or not name.isprintable():
        raise ConfigError(f"OIDC_NAME must be one line of at most {OPENID_NAME_LENGTH} characters.")
    return OpenIdSettings(issuer, client_id, env.get("OIDC_CLIENT_SECRET") or None, name)


def _secret_key(env: Env, production: bool) -> str:
    key = env.get("SECRET_KEY")
    if not production:
        return key or _development_key()
    if not key:
        raise ConfigError("SECRET_KEY must be set in production.")
    if len(key) < KEY_LENGTH:
        raise ConfigError(f"SECRET_KEY must have at least {KEY_LENGTH} characters in production.")
    return key


def _keys_secrets(env: Env) -> tuple[str, ...]:
    secrets = _names(env.get("KEYS_SECRET", "")) or ()
    if any(len(each) < KEY_LENGTH for each in secrets):
        raise ConfigError(f"KEYS_SECRET must be of at least {KEY_LENGTH} characters.")
    return secrets


def _development_key() -> str:
    """Return this installation's own key, made on the first run: sessions survive a restart."""
    try:
        key = _stored_key().strip()
    except (OSError, ValueError):
        raise ConfigError(
            f"SECRET_KEY must be set, as instance/{KEY_FILE} can't be written or read."
        ) from None
    if not key:
        raise ConfigError(f"SECRET_KEY must be set, as instance/{KEY_FILE} is empty.")
    return key


def _stored_key() -> str:
    INSTANCE.mkdir(mode=0o700, exist_ok=True)
    path = INSTANCE / KEY_FILE
    if not path.exists():
        with NamedTemporaryFile("w", dir=INSTANCE) as file:  # readable by nobody else
            file.write(secrets.token_hex(32))
            file.flush()
            with suppress(FileExistsError):  # of two first runs at once, one wins
                os.link(file.name, path)
    return path.read_text()
