"""Who asks: looked up anew on every request and every event, never remembered."""

from __future__ import annotations

from flask import Flask, Request, g, has_request_context, redirect, request, session, url_for
from werkzeug.wrappers import Response

from app.extensions import login_manager
from app.models import ApiToken, SignIn, User

SIGN_IN = "sign_in"  # where the cookie keeps the sign-in's key
API_TOKEN = "midstream.api_token"  # where a socket's handshake keeps its token

Credential = SignIn | ApiToken


def register(app: Flask) -> None:
    """Let flask-login ask here who it is, and what becomes of those who are nobody."""
    login_manager.init_app(app)
    login_manager.request_loader(load_user)
    login_manager.unauthorized_handler(ask_to_sign_in)


def credential() -> Credential | None:
    """Return the sign-in or the token that this request or event comes with, while it is good."""
    if not has_request_context():
        return None
    if API_TOKEN in request.environ:
        return ApiToken.by_token(request.environ[API_TOKEN])
    key = session.get(SIGN_IN)
    return SignIn.by_key(key) if key else None


def load_user(_request: Request) -> User | None:
    """Return the user behind the request's credential."""
    g.credential = credential()
    return g.credential.user if g.credential else None


def ask_to_sign_in() -> Response:
    """Lead whoever is not signed in to where that is done, and from there to the page they want."""
    wish = request.full_path.removesuffix("?") if request.method == "GET" else None
    return redirect(url_for("auth.login", next=wish))
