"""The light or dark theme: the system's, or the one chosen, which is stored in a cookie."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from app.auth.cookies import delete_cookie, set_cookie
from app.paths import is_own_path

blueprint = Blueprint("theme", __name__)

COOKIE = "theme"
THEMES = ("light", "dark")
COOKIE_LIFETIME = timedelta(days=365)


@blueprint.post("/theme")
def choose() -> Response:
    """Store the chosen theme in a cookie, or remove it for any other value, and redirect back."""
    response = redirect(_previous_page())
    chosen = request.form.get("theme")
    if chosen in THEMES:
        set_cookie(response, COOKIE, chosen, COOKIE_LIFETIME)
    else:
        delete_cookie(response, COOKIE)
    return response


@blueprint.app_context_processor
def theme() -> dict[str, str | None]:
    """Pass the chosen theme to the templates; None for the system's, or an invalid cookie."""
    chosen = request.cookies.get(COOKIE)
    return {"theme": chosen if chosen in THEMES else None}


def _previous_page() -> str:
    """Return the path of the page with the form; never another site's."""
    page = urlsplit(request.referrer or "")
    if page.netloc != request.host or not is_own_path(page.path):
        return url_for("conversations.index")
    return f"{page.path}?{page.query}" if page.query else page.path
