"""Who asks: looked up on every request and every event, never remembered."""

from __future__ import annotations

from typing import Any

from flask import Flask, Request, g, has_request_context, redirect, request, session, url_for
from werkzeug.wrappers import Response

from app.extensions import db, login_manager
from app.models import ApiToken, SignIn, User
from app.paths import requested_path

SIGN_IN = "sign_in"  # the session's key of the sign-in
LINK = "link-"  # the session's keys of links that were followed, by purpose
API_TOKEN = "midstream.api_token"  # the environ's key of a socket's token

AnyCredential = SignIn | ApiToken


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
    key = session.get(SIGN_IN)
    return SignIn.by_key(key) if key else None


def sign_in_key(app: Flask, environ: dict[str, Any]) -> str | None:
    """Return the key of a sign-in that a request's cookie holds, valid or not.

    For requests that don't reach a page, as those of Engine.IO.
    """
    with app.request_context(environ):
        return session.get(SIGN_IN)


def load_user(_request: Request) -> User | None:
    """Return the user of the request's credential.

    Both are as they are in the database now, for the whole request: they are detached from the
    session, where the end of each transaction would have them read again.
    """
    g.credential = found = credential()
    if found is None:
        return None
    for row in (found, found.user):
        db.session.expunge(row)
    return found.user


def redirect_to_sign_in() -> Response:
    """Redirect to the sign-in page, and from there back to the page that was asked for."""
    here = requested_path() if request.method == "GET" else None
    return redirect(url_for("auth.show", next=here))
