"""Headers of every response: security headers, and the session cookie, which files don't set."""

from __future__ import annotations

import secrets

from flask import Flask, Response, g, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin

POLICY = {
    "default-src": "'none'",
    # Only scripts that our templates mark, and what they import. 'self' would allow every address
    # of this server that responds with a script.
    "script-src": "'nonce-{nonce}'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",  # includes WebSockets to this origin
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
FEATURES = "camera display-capture geolocation hid microphone midi payment serial usb".split()
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in FEATURES),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # `no-store` would keep pages out of the back/forward cache. They may stay there: after signing
    # out, a page that is shown again says that its user has signed out.
    "Cache-Control": "private, no-cache",
}
HSTS = {"Strict-Transport-Security": "max-age=31536000"}


class PageSessions(SecureCookieSessionInterface):
    """Sessions in cookies, which responses with files, the same for everybody, don't set."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set the cookie, unless the response is a script or a style."""
        if request.endpoint != "static":
            super().save_session(app, session, response)


def register(app: Flask, *, production: bool) -> None:
    """Add the headers to every response; templates get `csp_nonce()` for their scripts."""
    headers = {**ALWAYS, **(HSTS if production else {})}

    def add(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        response.headers["Content-Security-Policy"] = _policy()
        return response

    app.after_request(add)
    app.session_interface = PageSessions()
    app.add_template_global(csp_nonce)


def csp_nonce() -> str:
    """Return the nonce of this response's scripts; each response has a new one."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def _policy() -> str:
    return "; ".join(f"{name} {value}" for name, value in POLICY.items()).format(nonce=csp_nonce())
