"""Reading the environment: what makes no sense is a sentence for the operator."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

REDIS_SCHEMES = ("redis://", "rediss://", "unix://")

Env = Mapping[str, str]


class ConfigError(ValueError):
    """A setting that the app can't start with; its text is a sentence for the operator."""


def one_of(env: Env, name: str, choices: tuple[str, ...]) -> str:
    """Return what a variable says, the first choice where it says nothing."""
    value = env.get(name) or choices[0]
    if value not in choices:
        raise ConfigError(f"{name} must be one of {', '.join(choices)}, not {value!r}.")
    return value


def number(env: Env, name: str, default: float, *, least: float, most: float = inf) -> float:
    """Return a variable's number; it must be finite, at least `least` and at most `most`."""
    text = env.get(name) or str(default)
    try:
        value = float(text)
    except ValueError:
        raise ConfigError(f"{name} must be a number, not {text!r}.") from None
    if not least <= value < inf:
        raise ConfigError(f"{name} must be at least {least:g}, not {text}.")
    if value > most:
        raise ConfigError(f"{name} must be at most {most:g}, not {text}.")
    return value


def names(text: str) -> tuple[str, ...] | None:
    """Return names that commas separate; None where there is none."""
    return tuple(name.strip() for name in text.split(",") if name.strip()) or None


def database_url(env: Env) -> str | None:
    """Return it if it can be one. What is wrong with it is not repeated: it may hold a password."""
    url = env.get("DATABASE_URL") or None
    try:
        if url:
            make_url(url).get_dialect()
    except (ArgumentError, ImportError):
        raise ConfigError("DATABASE_URL must be the address of a database.") from None
    return url


def redis_url(env: Env) -> str | None:
    """Return the address of a Redis, if one is named."""
    url = env.get("REDIS_URL") or None
    if url and not url.startswith(REDIS_SCHEMES):
        raise ConfigError(f"REDIS_URL must begin with {' or '.join(REDIS_SCHEMES)}.")
    return url
