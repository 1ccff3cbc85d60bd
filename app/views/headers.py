"""What every response tells the browser: where the page may get things from, and who may use it."""

from __future__ import annotations

import secrets

from flask import Flask, Response, g

POLICY = {
    "default-src": "'none'",
    # Nothing but what our own templates have marked, and what that imports. 'self' would let
    # in any address of ours that answers with a script.
    "script-src": "'nonce-{nonce}'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",  # to our own origin by WebSocket, too
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
    # `no-store` would keep pages out of the back/forward cache. They may stay there: who goes
    # back to one that was left signed in sees it say so, and a reload asks us again.
    "Cache-Control": "private, no-cache",
}
HSTS = {"Strict-Transport-Security": "max-age=31536000"}


def register(app: Flask, *, production: bool) -> None:
    """Give every response these headers, and templates `csp_nonce()` for their scripts."""
    headers = {**ALWAYS, **(HSTS if production else {})}

    def add(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        response.headers["Content-Security-Policy"] = _policy()
        return response

    app.after_request(add)
    app.add_template_global(csp_nonce)


def csp_nonce() -> str:
    """Return what marks this response's scripts as ours: new for each, so nobody can know it."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def _policy() -> str:
    return "; ".join(f"{name} {value}" for name, value in POLICY.items()).format(nonce=csp_nonce())
