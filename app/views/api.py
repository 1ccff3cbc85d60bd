"""HTTP for programs: files of conversations, with an API token as a bearer token.

The token alone says who asks, never a cookie: so there is nothing that another site's page could
do with it, and no CSRF token is needed. What is refused is so in JSON, as by the socket.
"""

from __future__ import annotations

from flask import Blueprint, g
from flask_login import current_user
from werkzeug.exceptions import HTTPException

from app.auth.identity import API
from app.errors import DomainError, Invalid, NotFound, TooLarge, Unauthorized, Unavailable
from app.extensions import csrf
from app.models.credential import FoundCredential
from app.sockets.credentials import credential_uses
from app.views import files
from app.views.errors import headers_of

blueprint = Blueprint(API, __name__, url_prefix="/api/conversations/<public_id>/files")
csrf.exempt(blueprint)

Refusal = tuple[dict[str, str], int, dict[str, str]]
NO_TOKEN = "Send an API token: `Authorization: Bearer midstream_…`."
BEARER = {"WWW-Authenticate": "Bearer"}
ERRORS = {error.http_status: error for error in (Invalid, NotFound, TooLarge)}


@blueprint.before_request
def require_token() -> None:
    """Refuse a request without a valid token."""
    if not current_user.is_authenticated:
        raise Unauthorized(NO_TOKEN)
    token = g.credential
    about = (token.id, token.user_id, token.expires_at, token.last_used_at)
    credential_uses.add(FoundCredential(type(token), *about))


@blueprint.errorhandler(DomainError)
def refuse(error: DomainError) -> Refusal:
    """Say why a request is refused."""
    headers = headers_of(error) | (BEARER if isinstance(error, Unauthorized) else {})
    return {"error": error.code, "message": error.sentence}, error.http_status, headers


@blueprint.errorhandler(HTTPException)
def refuse_http(error: HTTPException) -> Refusal:
    """Say why Flask refuses a request."""
    return refuse(ERRORS.get(error.code or 0, Unavailable)())


blueprint.add_url_rule("", view_func=files.upload, methods=["POST"])
blueprint.add_url_rule("/<file_id>", view_func=files.show)
