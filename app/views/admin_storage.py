"""The administrators' page of what the database holds."""

from __future__ import annotations

from flask import Blueprint, render_template

from app.models.storage import RECENT_DAYS, measure
from app.views.administration import require_admin

blueprint = Blueprint("admin_storage", __name__, url_prefix="/admin/storage")
blueprint.before_request(require_admin)


@blueprint.get("")
def show() -> str:
    """Show what there is by kind."""
    return render_template("admin/storage.html", storage=measure(), days=RECENT_DAYS)
