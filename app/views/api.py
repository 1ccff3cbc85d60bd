"""HTTP for programs: files of conversations, with an API token as a bearer token.

The token alone says who asks, never a cookie: so there is nothing that another site's page could
do with it, and no CSRF token is needed. What is refused is so in JSON, as by the socket.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g
from flask_login import current_user
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from app.auth.authorize import authorize
from app.auth.identity import API
from app.errors import DomainError, Invalid, NotFound, TooLarge, Unauthorized, Unavailable
from app.extensions import csrf
from app.models.credential import FoundCredential
from app.models.rights import Action
from app.sockets.credentials import credential_uses
from app.views.errors import headers_of
from app.views.files import NO_FILE, content_of, store_one, uploads_in_form

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


@blueprint.post("")
def upload_file(public_id: str) -> tuple[Any, int]:
    """Upload a file, whose id is then named in `send`."""
    authorize(public_id, Action.WRITE)
    uploads = uploads_in_form()
    if len(uploads) != 1:
        raise Invalid(NO_FILE)
    return store_one(uploads[0]), 201


@blueprint.get("/<file_id>")
def show_file(public_id: str, file_id: str) -> Response:
    """Send a file."""
    return content_of(public_id, file_id)
