"""How often things may be done: `LIMIT_EVENTS` and so on."""

from __future__ import annotations

from typing import NamedTuple

from limits import RateLimitItem, parse

from app.config.variables import ConfigError, Env

UNLIMITED = "off"


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
    upload: RateLimitItem | None = parse("120 per minute")
    file: RateLimitItem | None = parse("1200 per minute")  # files and their thumbnails
    share: RateLimitItem | None = parse("1200 per minute")  # of one address: pages and joins
    job: RateLimitItem | None = parse("30 per hour")  # exports and imports
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
