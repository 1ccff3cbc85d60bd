"""Passkeys, as the library `webauthn` checks them: for this server's name and address alone, and
with the person verified by the device, so that one counts as both factors."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

import webauthn
from flask import request
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, options_to_json_dict
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from app.config import current_config
from app.errors import DomainError

T = TypeVar("T")

NAME = "Midstream"
MOST_CHARACTERS = 20_000
USUAL_PORTS = {"http": 80, "https": 443}  # which browsers leave out
NOT_VALID = "This passkey could not be checked. Please try again."
# What the library raises besides for bytes that are not as they should be.
MALFORMED = (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError)
REQUIRED = UserVerificationRequirement.REQUIRED


class Refused(DomainError):
    """What a browser has sent is no valid answer of a passkey."""

    code = "unauthorized"
    http_status = 422
    sentence = NOT_VALID


class Place(NamedTuple):
    """Where passkeys are valid: on the pages of one origin; `name` is its host."""

    name: str
    origin: str


class Added(NamedTuple):
    """A new passkey: its id, its public key, and its authenticator's counter."""

    credential_id: str
    public_key: bytes
    sign_count: int


def place() -> Place:
    """Return where passkeys are valid: as PUBLIC_URL says, or where this request was sent to. A
    path below the host makes no difference to browsers."""
    url = urlsplit(current_config().public_url or request.host_url)
    host, port = url.hostname or "", url.port
    is_usual = port in (None, USUAL_PORTS[url.scheme])
    return Place(host, f"{url.scheme}://{host}{'' if is_usual else f':{port}'}")


def options_to_add(handle: bytes, email: str, name: str, known: list[str]) -> dict[str, Any]:
    """Return what a browser needs to make a passkey, none of which is one of the known ones."""
    options = webauthn.generate_registration_options(
        rp_id=place().name,
        rp_name=NAME,
        user_id=handle,
        user_name=email,
        user_display_name=name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=REQUIRED
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=base64url_to_bytes(each)) for each in known
        ],
    )
    return options_to_json_dict(options)


def options_to_sign_in() -> dict[str, Any]:
    """Return what a browser needs to sign in with any passkey of this place."""
    return options_to_json_dict(
        webauthn.generate_authentication_options(rp_id=place().name, user_verification=REQUIRED)
    )


def check_added(credential: str, challenge: str) -> Added:
    """Return the passkey that a browser has made. Raises Refused."""
    made = _verified(webauthn.verify_registration_response, credential, challenge)
    return Added(
        bytes_to_base64url(made.credential_id), made.credential_public_key, made.sign_count
    )


def credential_id_of(credential: str) -> str:
    """Return the id of the passkey that an answer is of, unchecked; "" where it has none."""
    found = _parsed(credential).get("id")
    return found if isinstance(found, str) else ""


def handle_in(credential: str) -> bytes | None:
    """Return by what the authenticator knows the person, where it says so."""
    response = _parsed(credential).get("response")
    handle = response.get("userHandle") if isinstance(response, dict) else None
    try:
        return base64url_to_bytes(handle) if isinstance(handle, str) and handle else None
    except ValueError:
        return b""


def check_signature(credential: str, challenge: str, public_key: bytes) -> int:
    """Return the authenticator's counter, after an answer has been checked. Raises Refused.

    The counter is not compared: whoever stores it does that, so that a copy is told apart.
    """
    stored: dict[str, Any] = {
        "credential_public_key": public_key,
        "credential_current_sign_count": 0,
    }
    check = webauthn.verify_authentication_response
    return _verified(check, credential, challenge, **stored).new_sign_count


def _verified(check: Callable[..., T], credential: str, challenge: str, **stored: Any) -> T:
    where = place()
    try:
        return check(
            credential=_parsed(credential),
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=where.name,
            expected_origin=where.origin,
            require_user_verification=True,
            **stored,
        )
    except (WebAuthnException, *MALFORMED) as error:
        raise Refused from error


def _parsed(credential: str) -> dict[str, Any]:
    """Return what a browser has sent, which may be any text. Raises Refused."""
    try:
        parsed = json.loads(credential) if len(credential) <= MOST_CHARACTERS else None
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        raise Refused
    return parsed
