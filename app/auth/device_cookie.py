"""The device cookie: it says that a browser has signed in to an account before.

Strangers who guess at a password lock the account for everybody. A browser with a device cookie of
this account is counted by itself, so that it is let past that lock. With a stolen cookie one can
guess as often as `sign_in_browser` allows, and nothing else.
https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies
"""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta
from hashlib import sha256

from flask import current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from app.auth.cookies import cookie_name, set_cookie
from app.models.user import normalized

LIFETIME = timedelta(days=365)
SALT = "midstream.device"
SUFFIX = "-device"


def remember_browser(response: Response, email: str) -> None:
    """Let the response set the cookie for an account to which the browser has just signed in.

    It is signed, and names the account by an opaque value and the browser by a random one.
    """
    value = _serializer().dumps([_account(email), secrets.token_urlsafe(16)])
    set_cookie(response, cookie_name(SUFFIX), value, LIFETIME, httponly=True)


def known_browser(email: str) -> str | None:
    """Return the id of the request's browser if it has signed in to this account before."""
    try:
        account, browser = _serializer().loads(
            request.cookies.get(cookie_name(SUFFIX), ""), max_age=int(LIFETIME.total_seconds())
        )
    except (BadData, ValueError):
        return None
    return str(browser) if hmac.compare_digest(account, _account(email)) else None


def _account(email: str) -> str:
    key = str(current_app.config["SECRET_KEY"]).encode()
    message = f"{SALT}:{normalized(email)}".encode("utf-8", "surrogatepass")
    return hmac.new(key, message, sha256).hexdigest()


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt=SALT)
