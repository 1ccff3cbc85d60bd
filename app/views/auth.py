"""Signing in and out."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from app.database import release, write
from app.extensions import limiter
from app.identity import SIGN_IN
from app.models import SignIn, User
from app.models.password import verify_password
from app.replies import desk

blueprint = Blueprint("auth", __name__)

WRONG = "No account has this e-mail address and password."


@blueprint.get("/login")
def login() -> str | Response:
    """Show the form to sign in with."""
    if current_user.is_authenticated:
        return redirect(_next())
    return render_template("login.html", email="", next=request.args.get("next", ""))


@blueprint.post("/login")
@limiter.limit("20 per minute")
def sign_in() -> tuple[str, int] | Response:
    """Sign a person in; a wrong password and an unknown address can't be told apart."""
    email = request.form.get("email", "")
    user_id = _verified(email, request.form.get("password", ""))
    if user_id is None:
        flash(WRONG, "error")
        return render_template("login.html", email=email, next=request.args.get("next", "")), 422
    where = _next()
    session.clear()
    session[SIGN_IN] = write(lambda: SignIn.begin(user_id))
    session.permanent = True
    return redirect(where)


@blueprint.post("/logout")
@login_required  # type: ignore[untyped-decorator]
def logout() -> Response:
    """Sign out: the sign-in's row says so, whatever becomes of the cookie."""
    credential = g.credential
    write(lambda: credential.end())
    session.clear()
    return redirect(url_for("auth.login"))


def _verified(email: str, password: str) -> int | None:
    user = User.by_email(email)
    known = (user.id, user.password_hash) if user and user.is_active else (None, None)
    release()
    user_id, stored = known
    return user_id if desk().offload(verify_password, stored, password) else None


def _next() -> str:
    """Return where to go on, if that is a path of ours; a stranger may have written the link."""
    wish = request.args.get("next", "")
    is_path = wish.startswith("/") and not wish.startswith(("//", "/\\"))
    if is_path and wish.isprintable() and "\\" not in wish and not urlsplit(wish).netloc:
        return wish
    return url_for("conversations.index")
