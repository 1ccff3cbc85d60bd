"""The account's page of API tokens: it creates and revokes them, and shows programs for them."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from flask import (
    Blueprint,
    Response,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_login import current_user
from pydantic import AfterValidator, Field
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response as BaseResponse

from app.auth import rate_limits
from app.background import in_turn
from app.database import write
from app.errors import Invalid
from app.extensions import db
from app.models import ApiToken, User
from app.models.api_token import MAX_TOKENS
from app.models.columns import now
from app.models.listing import conversations_of
from app.schemas import Payload, check
from app.text import NAME_LENGTH, single_line
from app.views.auth import require_sign_in
from app.views.form_data import one_line
from app.views.shown_once import shown_once

blueprint = Blueprint("tokens", __name__, url_prefix="/account/tokens")
blueprint.before_request(require_sign_in)

NEW_TOKEN = "new_token"  # in the session, between the form and the page that shows it
NAME_TAKEN = "You already have a token with this name. Revoke it first, or choose another name."
REVOKED = "The token is revoked."
LANGUAGES = {
    "Python": "python",
    "JavaScript": "javascript",
    "Go": "go",
    "Java": "java",
    "Rust": "rust",
}  # to the names of the files in templates/account/snippets
PLACEHOLDER = "CONVERSATION"


class NewToken(Payload):
    """A token's name and after how many days it expires; 0: never."""

    name: Annotated[str, AfterValidator(one_line)]
    days: Annotated[int, Field(ge=0, le=3650, strict=False)] = 0


@blueprint.get("")
def show() -> Response:
    """Show the tokens, and one that was just created: once, on a page that is not cached."""
    return shown_once(NEW_TOKEN, lambda new_token: _render(new_token=new_token))


@blueprint.post("")
def create() -> BaseResponse | tuple[str, int]:
    """Create a token and redirect to the page that shows it, so that a reload creates no other.

    Only its hash is stored. Until it is shown, the token is in the session's cookie, which holds
    the sign-in too.
    """
    user_id = current_user.id
    rate_limits.hit("token", user_id)
    try:
        payload = check(NewToken, request.form.to_dict())
        session[NEW_TOKEN] = write(lambda: _create(user_id, payload))
    except Invalid as error:
        return _render(problem=error.sentence), error.http_status
    except IntegrityError:
        return _render(problem=NAME_TAKEN), Invalid.http_status
    return redirect(url_for(".show"), 303)


@blueprint.get("/revoke")
def revoked() -> BaseResponse:
    """Lead on from the address of the form."""
    return redirect(url_for(".show"))


@blueprint.post("/revoke")
def revoke() -> BaseResponse:
    """Revoke a token, and disconnect the programs that use it."""
    user_id, name = current_user.id, single_line(request.form.get("name", ""), NAME_LENGTH)
    rate_limits.hit("token", user_id)
    if name is not None:
        write(lambda: _revoke(user_id, name))
    flash(REVOKED)
    return redirect(url_for(".show"))


def _create(user_id: int, payload: NewToken) -> str:
    expires_at = now() + timedelta(days=payload.days) if payload.days else None
    return ApiToken.create(db.session.get_one(User, user_id), payload.name, expires_at)


def _revoke(user_id: int, name: str) -> None:
    if token := db.session.scalar(ApiToken.unrevoked(user_id, name)):
        token.revoke()


@in_turn()
def _render(new_token: str | None = None, problem: str = "") -> str:
    """Return the page's HTML, with what was typed if there is a problem."""
    return render_template(
        "account/tokens.html",
        tokens=db.session.scalars(ApiToken.unrevoked(current_user.id).limit(MAX_TOKENS)).all(),
        new_token=new_token,
        typed=request.form,
        problems={"days" if problem.startswith("days:") else "name": problem},
        longest=NAME_LENGTH,
        **_snippets(current_user.id),
    )


def _snippets(user_id: int) -> dict[str, Any]:
    """Return the variables of the example programs: this server, and the latest conversation."""
    listing = conversations_of(user_id)
    latest = listing.conversations[0].conversation if listing.conversations else None
    return {
        "snippets": LANGUAGES,
        "address": request.root_url.rstrip("/"),
        "conversation": latest,
        "conversation_id": latest.public_id if latest else PLACEHOLDER,
    }
