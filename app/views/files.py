"""Files: uploading them, before they are sent with a message, and reading them.

A file is whatever somebody has uploaded. It is served so that no browser runs anything in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from flask import Blueprint, request, stream_with_context
from flask_login import current_user
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from app.auth import rate_limits
from app.auth.authorize import authorize
from app.database import write
from app.errors import Invalid, NotFound, Unavailable
from app.files.kinds import Kind
from app.files.storing import pieces_of
from app.files.uploading import upload as store
from app.models import File, FileContent
from app.models.file import remove_upload
from app.models.file_content import Content
from app.models.rights import Action
from app.views.auth import require_sign_in
from app.views.headers import name_file
from app.views.page_slots import let_others_in

blueprint = Blueprint("files", __name__, url_prefix="/conversations/<public_id>/files")
blueprint.before_request(require_sign_in)

Described = Mapping[str, Any]

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; sandbox"
THUMBNAIL_TYPE = "image/webp"
NO_FILE = "Choose a file."
MOVED_SECONDS = 30.0  # in which what the version before has stored is moved


@blueprint.post("")
def upload(public_id: str) -> tuple[Described, int]:
    """Upload a file, to be sent with a message."""
    authorize(public_id, Action.WRITE)
    uploads = uploads_in_form()
    if len(uploads) != 1:
        raise Invalid(NO_FILE)
    return store_one(uploads[0]), 201


@blueprint.get("/<file_id>")
def show(public_id: str, file_id: str) -> Response:
    """Send a file, in pieces: a picture to be seen, any other to be saved."""
    file = _file(public_id, file_id)
    response = _response(file, file.media_type)
    how = "inline" if file.kind == Kind.PICTURE else "attachment"
    name_file(response, how, file.name)
    if response.status_code == 200:
        if file.content_id is None:
            raise Unavailable(retry_after=MOVED_SECONDS)
        _fill(response, FileContent.find(file.content_id))
    return response


@blueprint.get("/<file_id>/thumbnail")
def thumbnail(public_id: str, file_id: str) -> Response:
    """Send a picture made small."""
    file = _file(public_id, file_id)
    if file.thumbnail is None:
        raise NotFound("File not found.")
    return _response(file, THUMBNAIL_TYPE, file.thumbnail)


@blueprint.post("/<file_id>/remove")
def remove(public_id: str, file_id: str) -> Response:
    """Remove an upload of one's own that was not sent."""
    user_id = current_user.id
    rate_limits.hit("upload", user_id)
    authorize(public_id, Action.WRITE)
    write(lambda: _remove(file_id, user_id))
    return Response(status=204)


def uploads_in_form() -> list[FileStorage]:
    """Return the files of this request's form; a field without one is left out."""
    return [each for each in request.files.getlist("file") if each.filename]


def store_one(uploaded: FileStorage) -> Described:
    """Store a file of the form as an upload of the user's; each counts."""
    user_id = current_user.id
    rate_limits.hit("upload", user_id)
    return store(user_id, uploaded.filename, uploaded.stream.read)


def known_uploads(ids: Sequence[str], others: Sequence[Described] = ()) -> list[Described]:
    """Return what readers are told of the user's uploads with these ids, and of those of `others`;
    what is gone is left out."""
    kept = {each["id"]: each for each in others}
    user_id = current_user.id
    found = [kept.get(each) or _described(each, user_id) for each in dict.fromkeys(ids)]
    return [each for each in found if each]


def _described(file_id: str, user_id: int) -> Described | None:
    file = File.of_uploader(file_id, user_id)
    return file.described if file else None


def _file(public_id: str, file_id: str) -> File:
    rate_limits.hit("file", current_user.id)
    conversation = authorize(public_id)
    return File.in_conversation(file_id, conversation.id, current_user.id)


def _response(file: File, media_type: str, data: bytes = b"") -> Response:
    """Return a response with what is of a file, which never changes; 304 where it is known."""
    response = Response(data, content_type=media_type)
    response.headers["Content-Security-Policy"] = POLICY
    response.set_etag(file.public_id)
    return response.make_conditional(request)


def _fill(response: Response, content: Content) -> None:
    """Let a response send a content, piece by piece. Raises what reading the first one raises."""
    pieces = pieces_of(content)
    let_others_in()
    first = next(pieces, b"")
    response.response = stream_with_context(chain([first], pieces))
    response.content_length = content.size


def _remove(file_id: str, user_id: int) -> None:
    if file := File.of_uploader(file_id, user_id):
        remove_upload(file)
