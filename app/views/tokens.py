"""API tokens, made and revoked on the account page."""

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
from app.views.account import page
from app.views.signed_in import require_sign_in

blueprint = Blueprint("tokens", __name__, url_prefix="/account/tokens")
blueprint.before_request(require_sign_in)

NAME_TAKEN = "You have a token of this name already. Revoke it first, or choose another name."


def _one_line(text: str) -> str:
    name = single_line(text, NAME_LENGTH)
    if name is None:
        raise ValueError(f"one line of 1 to {NAME_LENGTH} characters, please")
    return name


class NewToken(Payload):
    """What a token is for, and how many days it is good; 0: until it is revoked."""

    name: Annotated[str, AfterValidator(_one_line)]
    days: Annotated[int, Field(ge=0, le=3650, strict=False)] = 0


@blueprint.post("")
def create() -> Response | tuple[str, int]:
    """Make a token and show it, for the only time: on a page that nothing keeps."""
    user_id = current_user.id
    rate_limits.hit("token", user_id)
    try:
        wish = check(NewToken, request.form.to_dict())
        token = write(lambda: _create(user_id, wish))
    except DomainError as error:
        flash(error.sentence, "error")
        return page(), error.http_status
    except IntegrityError:
        flash(NAME_TAKEN, "error")
        return page(), Invalid.http_status
    response = make_response(page(token), 201)
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/revoke")
def revoke() -> BaseResponse:
    """Make a token worthless, at once and wherever it is in use."""
    user_id, name = current_user.id, request.form.get("name", "")
    rate_limits.hit("token", user_id)
    write(lambda: _revoke(user_id, name))
    return redirect(url_for("account.show"))


def _create(user_id: int, wish: NewToken) -> str:
    expires_at = now() + timedelta(days=wish.days) if wish.days else None
    return ApiToken.create(db.session.get_one(User, user_id), wish.name, expires_at)


def _revoke(user_id: int, name: str) -> None:
    if token := db.session.scalar(ApiToken.unrevoked(user_id, name)):
        token.revoke()
