"""Who asks: looked up on every request, and once for every socket.

A socket's events have the environ of the request that opened it. Who has opened it is remembered
there, for as long as `revocations` can be trusted.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from flask import Flask, Request, g, has_request_context, redirect, request, session, url_for
from flask_login import UserMixin
from werkzeug.wrappers import Response

from app.auth.revocations import revocations
from app.extensions import db, login_manager
from app.models import ApiToken, SignIn, User
from app.models.audit import ACTING
from app.models.columns import now
from app.models.credential import FoundCredential
from app.paths import requested_path

SIGN_IN = "sign_in"  # the session's key of the sign-in
LINK = "link-"  # the session's keys of links that were followed, by purpose
API_TOKEN = "midstream.api_token"  # the environ's key of a socket's token
API = "api"  # the blueprint whose requests have an API token, and no cookie
SHARE = "midstream.share"  # the environ's key of the share link of a stranger's socket
SOCKET_USER = "midstream.user"  # the environ's key of who has opened a socket

AnyCredential = SignIn | ApiToken


@dataclass(frozen=True, slots=True, eq=False)
class SocketUser(UserMixin):  # type: ignore[misc]  # flask-login has no types
    """Who has opened a socket: `current_user` in its events, as of the moment of the look-up."""

    id: int
    credential: FoundCredential
    looked_up_at: float

    @property
    def is_current(self) -> bool:
        """Return whether the database need not be asked again."""
        expires_at = self.credential.expires_at
        is_expired = expires_at is not None and expires_at <= now()
        return not is_expired and revocations.are_known_since(self.looked_up_at)


def register(app: Flask) -> None:
    """Make flask-login use this module."""
    login_manager.init_app(app)
    login_manager.request_loader(load_user)
    login_manager.unauthorized_handler(redirect_to_sign_in)


def credential() -> AnyCredential | None:
    """Return the valid sign-in or token of this request or event; None where there is none."""
    if not has_request_context():
        return None
    if API_TOKEN in request.environ:
        return ApiToken.by_token(request.environ[API_TOKEN])
    if request.blueprint == API:
        return _bearer()
    key = session.get(SIGN_IN)
    return SignIn.by_key(key) if key else None


def _bearer() -> ApiToken | None:
    """Return the valid token in a request's header."""
    sent = request.authorization
    if sent is None or sent.type != "bearer" or not sent.token:
        return None
    return ApiToken.by_token(sent.token)


def sign_in_key(app: Flask, environ: dict[str, Any]) -> str | None:
    """Return the key of a sign-in that a request's cookie holds, valid or not.

    For requests that don't reach a page, as those of Engine.IO.
    """
    if "HTTP_COOKIE" not in environ:
        return None
    with app.request_context(environ):
        return session.get(SIGN_IN)


def load_user(asking: Request) -> User | SocketUser | None:
    """Return the user of a request's credential, or of a socket's."""
    if SHARE in asking.environ:
        return None  # whatever cookie the browser has sent, a stranger is nobody
    if SOCKET_USER not in asking.environ:
        return _user_of_page()
    user: SocketUser | None = asking.environ[SOCKET_USER]
    return user if user and user.is_current else remember(asking.environ)


def remember(environ: dict[str, Any]) -> SocketUser | None:
    """Look up who opens a socket, by its token or its cookie, and remember it for its events.

    None where the credential is not valid.
    """
    at = time.monotonic()  # before the database is asked: what is revoked from now on may be missed
    found = ApiToken.find(environ[API_TOKEN]) if API_TOKEN in environ else _found_sign_in()
    environ[SOCKET_USER] = user = SocketUser(found.user_id, found, at) if found else None
    return user


def _found_sign_in() -> FoundCredential | None:
    key = session.get(SIGN_IN)
    return SignIn.find(key) if key else None


def _user_of_page() -> User | None:
    """Return the user of the request's credential, which becomes `g.credential`.

    Both are as they are in the database now, for the whole request: they are detached from the
    session, where the end of each transaction would have them read again.
    """
    g.credential = found = credential()
    if found is None:
        return None
    setattr(g, ACTING, found.user.email)
    for row in (found, found.user):
        db.session.expunge(row)
    return found.user


def redirect_to_sign_in() -> Response:
    """Redirect to the sign-in page, and from there back to the page that was asked for."""
    here = requested_path() if request.method == "GET" else None
    return redirect(url_for("auth.show", next=here))
