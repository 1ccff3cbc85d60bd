"""Deleting one's own account."""

from __future__ import annotations

from flask import Blueprint, flash, render_template, request
from flask_login import current_user
from werkzeug.wrappers import Response

from app.background import in_turn
from app.errors import DomainError, Invalid
from app.models.deleting import MOST_LISTED, delete_person, owned_with_others
from app.models.user import normalized
from app.views.auth import require_sign_in, signed_out
from app.views.confirming import check_proof, needed_proof
from app.views.errors import ErrorPage
from app.views.forms import problem_in

blueprint = Blueprint("account_deletion", __name__, url_prefix="/account/delete")
blueprint.before_request(require_sign_in)

OTHER_ADDRESS = "email: this is not the address of your account."
DELETED = "Your account is deleted."


@blueprint.get("")
def show() -> str:
    """Show what happens, and the form."""
    return _render()


@blueprint.post("")
def delete() -> Response | ErrorPage:
    """Delete the account, and sign out."""
    user_id = current_user.id
    try:
        if normalized(request.form.get("email", "")) != current_user.email:
            raise Invalid(OTHER_ADDRESS)
        check_proof()
        delete_person(user_id)
    except DomainError as error:
        return _render(**problem_in(error)), error.http_status, {}
    response = signed_out()
    flash(DELETED)
    return response


@in_turn()
def _render(**problems: str) -> str:
    owned = owned_with_others(current_user.id)
    return render_template(
        "account/delete.html",
        owned=owned[:MOST_LISTED],
        more=len(owned) > MOST_LISTED,
        proof=needed_proof(),
        problems=problems,
    )
