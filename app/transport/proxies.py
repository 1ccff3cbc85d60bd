"""Trusted proxies: who asks, and at which address, as the outermost of them saw it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.middleware.proxy_fix import ProxyFix

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

# It becomes part of links and redirects: `//` would lead to another server, `..` out of the prefix.
PREFIX = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9_~.-]*)*")
MAX_PREFIX_LENGTH = 200


def behind_proxies(application: Any, hops: int) -> ProxyFix:
    """Return the application for a server with so many trusted proxies in front of it.

    X-Forwarded-Port is not used: X-Forwarded-Host has the port that the browser asked for, and this
    one often that of an inner proxy.
    """
    checked = CheckedPrefix(application)
    return ProxyFix(checked, x_for=hops, x_proto=hops, x_host=hops, x_prefix=hops)


class CheckedPrefix:
    """Refuses requests whose X-Forwarded-Prefix is not a plain path. ProxyFix puts it, unchecked,
    into SCRIPT_NAME."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve a request."""
        prefix = environ.get("SCRIPT_NAME", "").rstrip("/")
        if len(prefix) > MAX_PREFIX_LENGTH or not PREFIX.fullmatch(prefix):
            start_response("400 Bad Request", [("Content-Type", "text/plain")])
            return [b"X-Forwarded-Prefix is not a path."]
        environ["SCRIPT_NAME"] = prefix
        return self._application(environ, start_response)
