"""Light or dark, as the system has it or as somebody has chosen: a cookie tells every page."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from flask import Blueprint, current_app, redirect, request, url_for
from werkzeug.wrappers import Response

blueprint = Blueprint("theme", __name__)

COOKIE = "theme"
THEMES = ("light", "dark")
COOKIE_LIFETIME = timedelta(days=365)


@blueprint.post("/theme")
def choose() -> Response:
    """Keep a choice in the browser, and go back to where it was made; anything else ends it."""
    response = redirect(_back())
    chosen = request.form.get("theme")
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    if chosen in THEMES:
        lifetime = COOKIE_LIFETIME
        response.set_cookie(COOKIE, chosen, max_age=lifetime, secure=secure, samesite="Lax")
    else:
        response.delete_cookie(COOKIE, secure=secure, samesite="Lax")
    return response


@blueprint.app_context_processor
def theme() -> dict[str, str | None]:
    """Give templates the choice, where there is one: what else is in the cookie is none."""
    chosen = request.cookies.get(COOKIE)
    return {"theme": chosen if chosen in THEMES else None}


def _back() -> str:
    here = urlsplit(request.referrer or "")
    if here.netloc != request.host or not here.path.startswith("/") or here.path.startswith("//"):
        return url_for("conversations.index")
    return f"{here.path}?{here.query}" if here.query else here.path
