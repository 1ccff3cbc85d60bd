"""Where this server is for its users."""

from __future__ import annotations

import re

from app.config.variables import ConfigError, Env

PUBLIC_URL = re.compile(
    r"https?://[A-Za-z0-9.-]+(:\d{1,5})?(/[A-Za-z0-9._~-]+)*|https?://\[[0-9a-f:]+\](:\d{1,5})?"
)


def public_url_from(env: Env) -> str | None:
    """Return the address under which people find this server, without a slash at the end."""
    url = (env.get("PUBLIC_URL") or "").rstrip("/")
    if url and not PUBLIC_URL.fullmatch(url):
        raise ConfigError("PUBLIC_URL must be like `https://chat.example.org`.")
    return url or None
