"""The administrators' page of what the database holds."""

from __future__ import annotations

from flask import Blueprint, render_template

from app.files.stores import current_stores
from app.models.storage import RECENT_DAYS, measure
from app.views.administration import require_admin
from app.views.page_slots import let_others_in

blueprint = Blueprint("admin_storage", __name__, url_prefix="/admin/storage")
blueprint.before_request(require_admin)


@blueprint.get("")
def show() -> str:
    """Show what there is by kind."""
    let_others_in()
    storage, stores = measure(), current_stores()
    return render_template(
        "admin/storage.html",
        storage=storage,
        days=RECENT_DAYS,
        files=[(stores.place_of(each.store), each.files, each.size) for each in storage.files],
        place=stores.place_of(stores.for_new.name),
    )
