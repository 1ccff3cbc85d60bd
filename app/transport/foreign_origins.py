"""Against other sites: a browser may connect from the app's own pages alone.

By itself Engine.IO also believes what anyone writes into `X-Forwarded-Host`. Here the request
is taken as it came; if there are proxies, `TRUSTED_PROXIES` says so, and werkzeug's ProxyFix has
put the outer address into it before.
"""

from __future__ import annotations

from typing import Any


def is_own(origin: str | None, environ: dict[str, Any]) -> bool:
    """Tell whether an Origin header is this app's: its scheme, its host, its port."""
    own = f"{environ.get('wsgi.url_scheme')}://{environ.get('HTTP_HOST')}"
    return origin is not None and origin == own.lower()
