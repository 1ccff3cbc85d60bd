"""One line of the log for each request of a page, and the ids that all its lines have.

Of the address only the rule is logged, with those of its values that are no secrets: links for
strangers and for forgotten passwords have theirs in the path.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, g, request, request_started

from app import counts, tracing
from app.logs import about, context

logger = logging.getLogger(__name__)

SHOWN = {"public_id", "message_id", "file_id", "avatar_id", "filename", "version", "key"}
VALUE = re.compile(r"<(?:\w+:)?(\w+)>")
NO_RULE = "(no page)"
QUIET = {"health.healthz", "health.readyz", "metrics.show"}  # asked for every few seconds


def register(app: Flask) -> None:
    """Log the requests of an app, from before anything may refuse them."""
    request_started.connect(_begin, app)
    app.after_request(_end)
    app.log_exception = _log_exception  # type: ignore[method-assign]  # Flask's has the whole path


def shown_path() -> str:
    """Return the path of this request, without secrets."""
    rule, values = shown_rule(), request.view_args
    return _filled(rule, values) if values else rule


def shown_rule() -> str:
    """Return which page this request is for. What leads nowhere may be a link with a typing error,
    and so a secret."""
    return request.url_rule.rule if request.url_rule else NO_RULE


def _filled(rule: str, values: Mapping[str, Any]) -> str:
    def shown(found: re.Match[str]) -> str:
        name = found[1]
        return str(values[name]) if name in SHOWN and name in values else f"<{name}>"

    return VALUE.sub(shown, rule)


def _begin(_app: Flask, **_: Any) -> None:
    g.began = time.monotonic()
    values = request.view_args or {}
    ids = {"conversation": values.get("public_id"), "message": values.get("message_id")}
    known = {name: value for name, value in ids.items() if value}
    context.begin(request=context.new_request_id(), **known)
    if request.endpoint not in QUIET:
        g.span = tracing.begin(
            f"{request.method} {shown_rule()}", carrier=tracing.carrier_of(request.environ)
        )
        tracing.enter(g.span)


def _end(response: Response) -> Response:
    seconds = time.monotonic() - g.began
    counts.REQUEST_SECONDS.note(seconds)
    counts.REQUESTS.add(f"{response.status_code // 100}xx")
    tracing.end(g.get("span"), status=response.status_code)
    tracing.enter(None)
    if request.endpoint not in QUIET or response.status_code >= 500:
        about(
            logger,
            "request",
            method=request.method,
            path=shown_path(),
            status=response.status_code,
            ms=round(1000 * seconds, 1),
            **_user(),
        )
    return response


def _user() -> dict[str, int]:
    """Return who asks, where that was looked up."""
    user = getattr(g.get("_login_user"), "id", None)
    return {} if user is None else {"user": user}


def _log_exception(exc_info: Any) -> None:
    logger.error("Exception on %s [%s]", shown_path(), request.method, exc_info=exc_info)
