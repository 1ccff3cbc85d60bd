"""Headers of every response: security headers, and the session cookie, which files don't set; and
the name of a file."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Flask, Response, g, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from werkzeug.wrappers import Response as BaseResponse

from app.auth.cookies import cookie_name, cookie_path
from app.transport.polling import PATH

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

POLICY = {
    "default-src": "'none'",
    # Only scripts that our templates mark, and what they import. 'self' would allow every address
    # of this server that responds with a script.
    "script-src": "'nonce-{nonce}'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "manifest-src": "'self'",
    "worker-src": "'self'",  # the service worker
    "connect-src": "'self'",  # includes WebSockets to this origin
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-src": "'self'",  # those of our own below; none of our pages can be in a frame
    "frame-ancestors": "'none'",
}
# Of the files that show a diagram, or a document that a model wrote: in a frame of our pages, with
# an origin of its own, which is that of no page, and without requests. It can't navigate
# elsewhere either: `frame-src` above is the limit.
FRAME_POLICY = {
    "default-src": "'none'",
    "script-src": "'unsafe-inline'",
    "style-src": "'unsafe-inline'",
    "img-src": "data: blob:",
    "media-src": "data: blob:",
    "font-src": "data:",
    "form-action": "'none'",
    "base-uri": "'none'",
    "frame-ancestors": "'self'",
    "sandbox": "allow-scripts",
}
FRAME_HEADERS = {
    "X-Frame-Options": "SAMEORIGIN",
    # What no directive above is about, such as WebRTC and connections made ahead: none at all.
    "Connection-Allowlist": "()",
}
FEATURES = "camera display-capture geolocation hid microphone midi payment serial usb".split()
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in FEATURES),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # `no-store` would keep pages out of the back/forward cache. They may stay there: signing out
    # clears it, and a page that is shown again checks that its user is signed in (page_mark).
    "Cache-Control": "private, no-cache",
}
HSTS = {"Strict-Transport-Security": "max-age=31536000"}


class PageSessions(SecureCookieSessionInterface):
    """Sessions in cookies, which responses with files, the same for everybody, don't set."""

    def get_cookie_name(self, app: Flask) -> str:
        """Return the name of the session's cookie."""
        return cookie_name()

    def get_cookie_path(self, app: Flask) -> str:
        """Return the path of the session's cookie."""
        return cookie_path()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set the cookie, unless the response is a script or a style."""
        if request.endpoint != "static":
            super().save_session(app, session, response)


def register(app: Flask, *, production: bool) -> None:
    """Add the headers to every response; templates get `csp_nonce()` for their scripts."""
    headers = {**ALWAYS, **(HSTS if production else {})}

    def add(response: Response) -> Response:
        is_frame = request.endpoint == "static" and request.path.endswith(".html")
        for name, value in ({**headers, **FRAME_HEADERS} if is_frame else headers).items():
            response.headers.setdefault(name, value)
        policy = _written(FRAME_POLICY) if is_frame else _policy(csp_nonce())
        response.headers.setdefault("Content-Security-Policy", policy)
        return response

    app.after_request(add)
    app.wsgi_app = EngineIOHeaders(app.wsgi_app, headers)  # type: ignore[method-assign]
    app.session_interface = PageSessions()
    app.add_template_global(csp_nonce)


class EngineIOHeaders:
    """Adds the headers to what Engine.IO answers, which Flask never sees."""

    def __init__(self, application: WSGIApplication, headers: dict[str, str]) -> None:
        self._application = application
        self._headers = headers

    def __call__(self, environ: WSGIEnvironment, start_response: Any) -> Iterable[bytes]:
        """Serve a request."""
        if not environ.get("PATH_INFO", "").startswith(PATH):
            return self._application(environ, start_response)

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            policy = ("Content-Security-Policy", _policy(secrets.token_urlsafe(16)))
            return start_response(status, [*headers, *self._headers.items(), policy], *more)

        return self._application(environ, start)


def csp_nonce() -> str:
    """Return the nonce of this response's scripts; each response has a new one."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def name_file(response: BaseResponse, how: str, name: str) -> None:
    """Say how a file is to be shown (`inline`, `attachment`) and what it is called, as RFC 6266
    does: a header has no characters but those of ASCII, and one with others breaks the response."""
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    names = {"filename": plain}
    if plain != name:
        names["filename*"] = f"UTF-8''{quote(name, safe='')}"
    response.headers.set("Content-Disposition", how, **names)


def _policy(nonce: str) -> str:
    return _written(POLICY).format(nonce=nonce)


def _written(policy: dict[str, str]) -> str:
    return "; ".join(f"{name} {value}" for name, value in policy.items())
