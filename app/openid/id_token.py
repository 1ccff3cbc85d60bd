"""ID tokens: what a provider says about somebody, signed. All of it is checked before any is used.
https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation"""

from __future__ import annotations

from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import ClaimError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from app.openid.requests import Refused

# Signed with a key that only the provider has: no `none`, and none with the secret that we share.
ALGORITHMS = [
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
]
LEEWAY_SECONDS = 60  # by so much clocks may differ
MOST_CHARACTERS = 50_000
UNSIGNED = "What {name} says about you is not signed with its key. Nobody was signed in."
EXPIRED = "What {name} says about you has expired. Begin again; a clock may be wrong."
MEANT_FOR_OTHERS = "What {name} says about you is meant for another application."
OTHER_ISSUER = "What {name} says about you comes from another provider."
OTHER_SIGN_IN = "What {name} says about you belongs to another sign-in. Begin again."
INCOMPLETE = "What {name} says about you is not complete, or not valid."
SENTENCES = {
    "iss": OTHER_ISSUER,
    "aud": MEANT_FOR_OTHERS,
    "azp": MEANT_FOR_OTHERS,
    "nonce": OTHER_SIGN_IN,
    "exp": EXPIRED,
    "iat": EXPIRED,
    "nbf": EXPIRED,
}


def read_id_token(
    token: object, keys: KeySet, name: str, *, issuer: str, client_id: str, **params: str
) -> dict[str, Any]:
    """Return the claims of an ID token. `params` are the nonce, and the access token.

    Raises Refused with a sentence about the provider of this `name`, and InvalidKeyIdError where
    it names a key that is not among these.
    """
    if not isinstance(token, str) or len(token) > MOST_CHARACTERS:
        raise Refused(INCOMPLETE.format(name=name))
    try:
        decoded = jwt.decode(token, keys, algorithms=ALGORITHMS)
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            {
                "iss": {"essential": True, "value": issuer},
                "aud": {"essential": True, "value": client_id},
            },
            {"client_id": client_id, **params},
        )
        claims.validate(leeway=LEEWAY_SECONDS)
    except InvalidKeyIdError:
        raise
    except ClaimError as error:
        raise Refused(_sentence(error).format(name=name)) from error
    except (JoseError, ValueError, RecursionError) as error:
        raise Refused(UNSIGNED.format(name=name)) from error
    return dict(claims)


def _sentence(error: ClaimError) -> str:
    return SENTENCES.get(error.claim.split(",")[0], INCOMPLETE)
