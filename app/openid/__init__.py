"""Signing in at a provider of OpenID Connect: the authorization code flow with PKCE.
https://openid.net/specs/openid-connect-core-1_0.html"""

from app.openid.provider import Authorization, Identity, Provider, current_provider
from app.openid.requests import ProviderDown, Refused

__all__ = [
    "Authorization",
    "Identity",
    "Provider",
    "ProviderDown",
    "Refused",
    "current_provider",
]
