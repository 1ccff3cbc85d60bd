"""Our cookies: their names, and to which paths browsers send them back."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app, request
from werkzeug.wrappers import Response

SESSION = "midstream"


def cookie_name(suffix: str = "") -> str:
    """Return the name of this server's cookie, by default of the session.

    In production browsers accept it over HTTPS only, and with `__Host-` from this host alone; but
    then it must be for all paths, and below a prefix other paths may be other programs'.
    """
    prefix = ("__Secure-" if request.script_root else "__Host-") if _is_secure() else ""
    return f"{prefix}{SESSION}{suffix}"


def cookie_path() -> str:
    """Return the path of all cookies: the prefix that a proxy adds."""
    return request.script_root or "/"


def set_cookie(
    response: Response, name: str, value: str, lifetime: timedelta, *, httponly: bool = False
) -> None:
    """Let a response set a cookie; without `httponly`, scripts of the page can read it."""
    response.set_cookie(
        name,
        value,
        max_age=lifetime,
        path=cookie_path(),
        secure=_is_secure(),
        httponly=httponly,
        samesite="Lax",
    )


def delete_cookie(response: Response, name: str) -> None:
    """Let a response delete a cookie."""
    response.delete_cookie(name, path=cookie_path(), secure=_is_secure(), samesite="Lax")


def _is_secure() -> bool:
    return bool(current_app.config["SESSION_COOKIE_SECURE"])
