"""`/metrics` on the server's own port, for whoever has the token of METRICS_TOKEN."""

from __future__ import annotations

from hmac import compare_digest

from flask import Blueprint, Response, request

from app import metrics
from app.config import current_config
from app.errors import NotFound

blueprint = Blueprint("metrics", __name__)

NO_PAGE = "Page not found."


@blueprint.get("/metrics")
def show() -> Response:
    """Return the metrics; to all others there is no such page."""
    token = current_config().monitoring.metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token is None or not compare_digest(given.encode(), token.encode()):
        raise NotFound(NO_PAGE)
    return metrics.page()
