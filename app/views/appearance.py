"""How pages look and the composer works: chosen for each browser, and stored in its cookies.

Not for each user: a size or a theme is right for one screen. So it works before signing in, too.
"""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app.auth.cookies import delete_cookie, set_cookie
from app.paths import address_parts, is_own_path
from app.views.auth import require_sign_in

blueprint = Blueprint("appearance", __name__)

# By cookie: the values that differ from what is usual, which has no cookie.
CHOICES = {
    "theme": ("light", "dark"),  # else the system's
    "text-size": ("large", "larger"),
    "send-key": ("modifier",),  # Ctrl or Command with Enter, else Enter alone
}
COOKIE_LIFETIME = timedelta(days=365)
SAVED = "Your choice is saved in this browser."


@blueprint.get("/account/appearance")
def show() -> str | Response:
    """Show the choices of this browser."""
    refused = require_sign_in()
    return refused if isinstance(refused, Response) else render_template("account/appearance.html")


@blueprint.post("/theme")
def choose() -> Response:
    """Store what the form chooses in cookies, and redirect back; for any other value, remove it."""
    response = redirect(previous_page())
    for name in CHOICES.keys() & request.form.keys():
        _store(response, name, request.form[name])
    if "save" in request.form and current_user.is_authenticated:
        flash(SAVED)
    return response


@blueprint.app_context_processor
def appearance() -> dict[str, dict[str, str]]:
    """Pass what is chosen to the templates; what is usual, or unknown, is left out."""
    chosen = {name: request.cookies.get(name, "") for name in CHOICES}
    return {"appearance": {name: value for name, value in chosen.items() if value in CHOICES[name]}}


def _store(response: Response, cookie: str, value: str) -> None:
    if value in CHOICES[cookie]:
        set_cookie(response, cookie, value, COOKIE_LIFETIME)
    else:
        delete_cookie(response, cookie)


def previous_page() -> str:
    """Return the path of the page with the form; never another site's."""
    page = address_parts(request.referrer or "")
    if page is None or page.netloc != request.host or not is_own_path(page.path):
        return url_for("conversations.index")
    return f"{page.path}?{page.query}" if page.query else page.path
