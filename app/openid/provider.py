"""The provider of OpenID Connect that the settings name: what it says of itself, and the two steps
of signing in there."""

from __future__ import annotations

import secrets
from typing import Any, NamedTuple, cast

from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from flask import Flask, current_app
from joserfc.errors import InvalidKeyIdError

from app.background import offload
from app.config import OpenIdSettings
from app.models.openid_identity import SUBJECT_LENGTH
from app.openid.discovery import Metadata, discover
from app.openid.id_token import INCOMPLETE, OTHER_ISSUER, UNSIGNED, read_id_token
from app.openid.requests import Refused, get_json, is_safe, post_form
from app.text import NAME_LENGTH, single_line

SCOPE = "openid email profile"
KEPT_SECONDS = 3600.0  # what the provider says of itself
RENEWED_SECONDS = 30.0  # before that its keys are not asked for again because of an unknown one
CODE_LENGTH = 4096
ISSUER_IS_SAID = "authorization_response_iss_parameter_supported"
DENIED = "You did not sign in at {name}."
REFUSED = "{name} has refused the sign-in."


class Authorization(NamedTuple):
    """The address at which a sign-in goes on, and what has to be remembered until it is back."""

    address: str
    nonce: str
    verifier: str


class Identity(NamedTuple):
    """Whom a provider has signed in. `email` is in the form in which they are stored, and empty
    where the provider does not vouch for it; `name` is empty where it says none."""

    issuer: str
    subject: str
    email: str
    name: str


class Provider:
    """One for each app. Its methods ask the provider, where needed, and may wait for seconds."""

    def __init__(self, app: Flask, settings: OpenIdSettings) -> None:
        self.name = settings.name
        self._settings = settings
        self._known: Metadata | None = None
        app.extensions["openid"] = self

    @property
    def issuer(self) -> str:
        """Return by what the provider is known; with a subject, it names a person."""
        return self._settings.issuer

    def begin(self, state: str, redirect_uri: str) -> Authorization:
        """Return where a browser goes to sign in. Raises ProviderDown and Refused."""
        metadata = self._metadata()
        nonce, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
        address = prepare_grant_uri(
            metadata.values["authorization_endpoint"],
            self._settings.client_id,
            "code",
            redirect_uri,
            SCOPE,
            state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
        )
        return Authorization(address, nonce, verifier)

    def check_answer(self, answer: dict[str, str]) -> str:
        """Return the code in what a browser has brought back; its state is checked already.

        Raises Refused: for an error of the provider, and for the answer of another one (RFC 9207).
        """
        must_say = self._metadata().values.get(ISSUER_IS_SAID) is True
        if answer.get("iss", "" if must_say else self.issuer) != self.issuer:
            raise self._refused(OTHER_ISSUER)
        if error := answer.get("error"):
            raise self._refused(DENIED if error == "access_denied" else REFUSED)
        code = answer.get("code", "")
        if not 0 < len(code) <= CODE_LENGTH:
            raise self._refused(INCOMPLETE)
        return code

    def finish(self, code: str, redirect_uri: str, nonce: str, verifier: str) -> Identity:
        """Return whom the provider has signed in. Raises ProviderDown and Refused."""
        tokens = self._tokens(code, redirect_uri, verifier)
        access_token = tokens.get("access_token")
        params = {"nonce": nonce}
        if isinstance(access_token, str):
            params["access_token"] = access_token
        claims = self._claims(tokens.get("id_token"), params)
        if "email" not in claims and isinstance(access_token, str):
            claims = {**self._user_info(access_token, claims["sub"]), **claims}
        return self._identity(claims)

    def _tokens(self, code: str, redirect_uri: str, verifier: str) -> dict[str, Any]:
        about = {"code": code, "code_verifier": verifier}
        body = prepare_token_request("authorization_code", "", redirect_uri, **about)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        client = ClientAuth(self._settings.client_id, self._settings.secret, self._auth_method())
        url = self._metadata().values["token_endpoint"]
        url, headers, body = client.prepare("POST", url, headers, body)
        return post_form(self.name, url, headers, body)

    def _auth_method(self) -> str:
        if not self._settings.secret:
            return "none"
        supported = self._metadata().values.get("token_endpoint_auth_methods_supported")
        is_by_post = isinstance(supported, list) and "client_secret_basic" not in supported
        return "client_secret_post" if is_by_post else "client_secret_basic"

    def _claims(self, token: object, params: dict[str, str]) -> dict[str, Any]:
        """Return what is in an ID token. Keys change: those of the provider are asked for again
        where the token names another one."""
        try:
            return self._read(token, params)
        except InvalidKeyIdError:
            if self._metadata().age > RENEWED_SECONDS:
                self._known = None
        try:
            return self._read(token, params)
        except InvalidKeyIdError:
            raise self._refused(UNSIGNED) from None

    def _read(self, token: object, params: dict[str, str]) -> dict[str, Any]:
        keys = self._metadata().keys
        who = {"issuer": self.issuer, "client_id": self._settings.client_id}
        return offload(lambda: read_id_token(token, keys, self.name, **who, **params))

    def _user_info(self, access_token: str, subject: str) -> dict[str, Any]:
        """Return what the provider says about a person elsewhere, as many do about the address."""
        url = self._metadata().values.get("userinfo_endpoint")
        if not isinstance(url, str) or not is_safe(url, self.issuer):
            return {}
        found = get_json(self.name, url, {"Authorization": f"Bearer {access_token}"})
        if found.get("sub") != subject:  # about somebody else: OpenID Connect Core 5.3.2
            raise self._refused(INCOMPLETE)
        return found

    def _identity(self, claims: dict[str, Any]) -> Identity:
        subject = claims["sub"]
        if not 0 < len(subject) <= SUBJECT_LENGTH or "\0" in subject:
            raise self._refused(INCOMPLETE)
        email, is_verified = claims.get("email"), claims.get("email_verified")
        names = (claims.get(each) for each in ("name", "preferred_username", "nickname"))
        lines = (single_line(name[:1000], NAME_LENGTH) for name in names if isinstance(name, str))
        return Identity(
            self.issuer,
            subject,
            email if isinstance(email, str) and is_verified is True else "",
            next(filter(None, lines), None) or "",
        )

    def _metadata(self) -> Metadata:
        known = self._known
        if known is None or known.age > KEPT_SECONDS:
            self._known = known = discover(self.name, self.issuer)
        return known

    def _refused(self, sentence: str) -> Refused:
        return Refused(sentence.format(name=self.name))


def current_provider() -> Provider | None:
    """Return the provider of the current app, where the settings name one."""
    return cast(Provider | None, current_app.extensions.get("openid"))
