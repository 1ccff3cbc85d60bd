"""The provider of OpenID Connect: `OIDC_ISSUER` and the others that begin so."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

from app.config.addresses import PUBLIC_URL
from app.config.variables import ConfigError, Env

ISSUER_LENGTH = 500
NAME_LENGTH = 40


class OpenIdSettings(NamedTuple):
    """A provider: `issuer` as it says itself; `secret` is None for a public client; `name` is what
    the button says."""

    issuer: str
    client_id: str
    secret: str | None
    name: str


def openid_from(env: Env, *, production: bool) -> OpenIdSettings | None:
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
    if len(name) > NAME_LENGTH or not name.isprintable():
        raise ConfigError(f"OIDC_NAME must be one line of at most {NAME_LENGTH} characters.")
    return OpenIdSettings(issuer, client_id, env.get("OIDC_CLIENT_SECRET") or None, name)
