"""The banner for everybody: administrators set it, and whoever has read it hides it."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Literal

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from pydantic import AfterValidator, BeforeValidator
from werkzeug.wrappers import Response

from app.auth import rate_limits
from app.background import in_turn
from app.database import write
from app.errors import Invalid
from app.events import server_settings
from app.events.payloads import banner_payload
from app.events.shapes import BannerPayload
from app.extensions import db
from app.models import User
from app.models.columns import is_public_id
from app.models.server_banner import BANNER_LENGTH, BannerKind, ServerBanner
from app.schemas import Payload, check
from app.views.administration import require_admin, write_as_admin
from app.views.appearance import previous_page
from app.views.auth import require_sign_in
from app.views.errors import ErrorPage, wants_json
from app.views.form_data import one_line
from app.views.forms import problem_in

blueprint = Blueprint("server_banner", __name__, url_prefix="/banner")
admin_blueprint = Blueprint("admin_banner", __name__, url_prefix="/admin/banner")
admin_blueprint.before_request(require_admin)

SHOWN = "Everybody sees the banner now."
REMOVED = "There is no banner any more."


def _until(text: object) -> datetime | None:
    """Return a time to come, in UTC, as the field has it; None where it is empty."""
    if not isinstance(text, str) or not text:
        return None
    try:
        until = datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise ValueError("write a day and a time, like 2026-03-07T18:00") from None
    if until <= datetime.now(UTC):
        raise ValueError("choose a time to come")
    return until


class BannerForm(Payload):
    """What everybody is shown, and until when; None: until it is removed."""

    text: Annotated[str, AfterValidator(partial(one_line, most=BANNER_LENGTH))]
    kind: Literal["information", "warning"] = "information"
    until: Annotated[datetime | None, BeforeValidator(_until)] = None


@blueprint.get("")
def read_banner() -> BannerPayload:
    """Return the banner as a page shows it, for pages that don't get events."""
    return banner_payload(shown_banner())


@blueprint.post("/dismiss")
def dismiss() -> Response | ErrorPage | tuple[str, int]:
    """Hide a banner, for the person who is signed in, until it changes."""
    if (refused := require_sign_in()) is not None:
        return refused
    user_id, banner_id = current_user.id, request.form.get("id", "")
    rate_limits.hit("send", user_id)
    if is_public_id(banner_id):
        write(lambda: _dismiss(user_id, banner_id))
    return ("", 204) if wants_json() else redirect(previous_page())


@admin_blueprint.get("")
def show() -> str:
    """Show what everybody is shown, and the form that changes it."""
    return _render()


@admin_blueprint.post("")
def store() -> Response | ErrorPage:
    """Show another banner to everybody."""
    try:
        form = check(BannerForm, request.form.to_dict())
    except Invalid as error:
        return _render(problem_in(error)), error.http_status, {}
    write_as_admin(lambda: ServerBanner.store(form.text, BannerKind(form.kind), form.until))
    server_settings.reload()
    flash(SHOWN)
    return redirect(url_for(".show"))


@admin_blueprint.get("/remove")
def lead_on() -> Response:
    """Lead on from the address of a refused form."""
    return redirect(url_for(".show"))


@admin_blueprint.post("/remove")
def remove() -> Response:
    """Show no banner any more."""
    write_as_admin(ServerBanner.remove)
    server_settings.reload()
    flash(REMOVED)
    return redirect(url_for(".show"))


@blueprint.app_template_global()
def shown_banner() -> ServerBanner | None:
    """Return the banner for whoever asks: none that they have hidden."""
    banner = server_settings.current_banner()
    if banner is None or not current_user.is_authenticated:
        return banner
    return None if current_user.dismissed_banner == banner.id else banner


def _dismiss(user_id: int, banner_id: str) -> None:
    user = db.session.get(User, user_id)
    if user is not None:
        user.dismissed_banner = banner_id


@in_turn()
def _render(problems: dict[str, str] | None = None) -> str:
    return render_template(
        "admin/banner.html",
        banner=server_settings.current_banner(),
        longest=BANNER_LENGTH,
        typed=request.form,
        problems=problems or {},
    )
