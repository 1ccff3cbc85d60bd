"""The forms of the account page that create and revoke API tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from flask import Blueprint, Response, flash, make_response, redirect, request, url_for
from flask_login import current_user
from pydantic import AfterValidator, Field
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response as BaseResponse

from app.auth import rate_limits
from app.database import write
from app.errors import DomainError, Invalid
from app.extensions import db
from app.models import ApiToken, User
from app.models.columns import now
from app.schemas import Payload, check
from app.text import NAME_LENGTH, single_line
from app.views.account import render_account
from app.views.auth import require_sign_in

blueprint = Blueprint("tokens", __name__, url_prefix="/account/tokens")
blueprint.before_request(require_sign_in)

NAME_TAKEN = "You already have a token with this name. Revoke it first, or choose another name."


def _one_line(text: str) -> str:
    name = single_line(text, NAME_LENGTH)
    if name is None:
        raise ValueError(f"text must be one line of 1 to {NAME_LENGTH} characters")
    return name


class NewToken(Payload):
    """A token's name and after how many days it expires; 0: never."""

    name: Annotated[str, AfterValidator(_one_line)]
    days: Annotated[int, Field(ge=0, le=3650, strict=False)] = 0


@blueprint.post("")
def create() -> Response | tuple[str, int]:
    """Create a token and show it on a page that is not cached: it cannot be shown again."""
    user_id = current_user.id
    rate_limits.hit("token", user_id)
    try:
        payload = check(NewToken, request.form.to_dict())
        token = write(lambda: _create(user_id, payload))
    except DomainError as error:
        flash(error.sentence, "error")
        return render_account(), error.http_status
    except IntegrityError:
        flash(NAME_TAKEN, "error")
        return render_account(), Invalid.http_status
    response = make_response(render_account(token), 201)
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/revoke")
def revoke() -> BaseResponse:
    """Revoke a token, and disconnect the programs that use it."""
    user_id, name = current_user.id, request.form.get("name", "")
    rate_limits.hit("token", user_id)
    write(lambda: _revoke(user_id, name))
    return redirect(url_for("account.show"))


def _create(user_id: int, payload: NewToken) -> str:
    expires_at = now() + timedelta(days=payload.days) if payload.days else None
    return ApiToken.create(db.session.get_one(User, user_id), payload.name, expires_at)


def _revoke(user_id: int, name: str) -> None:
    if token := db.session.scalar(ApiToken.unrevoked(user_id, name)):
        token.revoke()
