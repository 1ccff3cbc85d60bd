"""Signing in and out."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from app.addresses import network_of
from app.auth import rate_limits
from app.auth.identity import SIGN_IN
from app.auth.passwords import verify_password
from app.database import write
from app.models import SignIn, User
from app.models.credential import digest
from app.models.user import normalized
from app.views.user_agents import describe

blueprint = Blueprint("auth", __name__)

WRONG_CREDENTIALS = "No account has this e-mail address and password."


@blueprint.get("/login")
def login() -> str | Response:
    """Show the form to sign in with."""
    if current_user.is_authenticated:
        return redirect(_next())
    return render_template("login.html", email="", next=request.args.get("next", ""))


@blueprint.post("/login")
def sign_in() -> tuple[str, int] | Response:
    """Sign a person in; a wrong password and an unknown address can't be told apart."""
    email = request.form.get("email", "")
    user_id = _verified(email, request.form.get("password", ""))
    if user_id is None:
        flash(WRONG_CREDENTIALS, "error")
        return render_template("login.html", email=email, next=request.args.get("next", "")), 422
    where = _next()
    begin_session(write(lambda: SignIn.begin(user_id, describe(request.user_agent.string))))
    return redirect(where)


@blueprint.post("/logout")
@login_required  # type: ignore[untyped-decorator]
def logout() -> Response:
    """Sign out: the sign-in's row says so, whatever becomes of the cookie."""
    credential = g.credential
    write(lambda: credential.end())
    session.clear()
    return redirect(url_for("auth.login"))


def begin_session(key: str) -> None:
    """Let the cookie hold a sign-in's key and nothing that was in it before."""
    session.clear()
    session[SIGN_IN] = key
    session.permanent = True


def _verified(email: str, password: str) -> int | None:
    """Return the key of who has this address and password, counting each try."""
    account = digest(normalized(email))
    rate_limits.hit("sign_in_address", network_of(request.remote_addr))
    rate_limits.hit("sign_in_account", account)
    user = User.by_email(email)
    user_id, stored = (user.id, user.password_hash) if user and user.is_active else (None, None)
    if not verify_password(stored, password):
        return None
    rate_limits.clear("sign_in_account", account)
    return user_id


def _next() -> str:
    """Return where to go on, if that is a path of ours; a stranger may have written the link."""
    wish = request.args.get("next", "")
    is_path = wish.startswith("/") and not wish.startswith(("//", "/\\"))
    if is_path and wish.isprintable() and "\\" not in wish and not urlsplit(wish).netloc:
        return wish
    return url_for("conversations.index")
