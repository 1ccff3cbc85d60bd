"""Who may make an account: `REGISTRATION`."""

from __future__ import annotations

import re

from app.config.variables import SHOWN, ConfigError, Env, names

REGISTRATIONS = ("closed", "invitation", "open")
DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")


def registration_from(env: Env) -> str:
    """Return who may make an account: one of REGISTRATIONS, or `domains`."""
    value = (env.get("REGISTRATION") or REGISTRATIONS[0]).strip()
    if value in REGISTRATIONS:
        return value
    if not domains_from(env):
        raise ConfigError(
            f"REGISTRATION must be {', '.join(REGISTRATIONS)}, or domains like "
            f"`example.org,example.com`, not {value[:SHOWN]!r}."
        )
    if not env.get("SMTP_URL"):
        raise ConfigError("REGISTRATION by domains needs SMTP_URL: addresses are checked by mail.")
    return "domains"


def domains_from(env: Env) -> tuple[str, ...]:
    """Return the domains that `REGISTRATION` lists, of addresses that may register."""
    domains = names((env.get("REGISTRATION") or "").lower()) or ()
    return domains if all(DOMAIN.fullmatch(domain) for domain in domains) else ()
