"""The mark of a sign-in, on its pages and in a cookie: without it a browser's old copy isn't shown.

Back can show a page from the browser's cache, without asking the server. The page's script compares
the two when that happens. The mark is opaque and authorizes nothing, so that scripts may read it.
"""

from __future__ import annotations

from flask import Flask, Response, current_app, g, request, session
from flask_login import current_user
from itsdangerous import Signer

from app.auth.cookies import cookie_name, delete_cookie, set_cookie
from app.auth.identity import SIGN_IN

SUFFIX = "-page"
CLEAR_CACHE = {"Clear-Site-Data": '"cache"'}


def register(app: Flask) -> None:
    """Let templates use `page_mark()`, and keep the cookie in step with the pages."""
    app.add_template_global(page_mark)
    app.after_request(_keep_cookie)


def page_mark() -> str:
    """Return the mark of this page as it stands in the cookie, or "" where nobody is signed in."""
    if current_user.is_authenticated and SIGN_IN in session:
        signer = Signer(current_app.secret_key or "", salt="page")
        g.page_mark = signer.get_signature(session[SIGN_IN]).decode()
        return f"{cookie_name(SUFFIX)}={g.page_mark}"
    g.page_mark = ""
    return ""


def end_session() -> None:
    """Forget the sign-in in this browser: its cookies, and with CLEAR_CACHE its copies of pages."""
    session.clear()
    g.page_mark = ""


def _keep_cookie(response: Response) -> Response:
    mark = g.get("page_mark")
    if mark is None or mark == request.cookies.get(cookie_name(SUFFIX), ""):
        return response
    if mark:
        set_cookie(response, cookie_name(SUFFIX), mark, current_app.permanent_session_lifetime)
    else:
        delete_cookie(response, cookie_name(SUFFIX))
    return response
