"""What becomes of an upload: its content is looked at, and it is stored as somebody's own, or made
into their avatar."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.config import current_config
from app.database import release, write
from app.errors import Forbidden, Invalid, TooLarge
from app.files import storing
from app.files.inspecting import Found, avatar_of, inspect, inspection
from app.models.file import File, clean_name
from app.providers.tokens import estimate

PIXELS_PER_TOKEN = 750  # as Anthropic counts; others count fewer
TOKENS_PER_PICTURE = 100
NO_FILES = "Files can't be sent here."
TOO_LARGE = "“{name}” is too large: a file can have {most} MB."


def upload(user_id: int, name: str | None, read: Callable[[int], bytes]) -> Mapping[str, Any]:
    """Store a file as a person's upload; return what readers are told of it. `read` returns at most
    so many bytes of it.

    Raises TooLarge, Invalid where it can't be used, and Unavailable where there are too many.
    """
    settings, named = current_config().files, clean_name(name)
    if not settings.per_message:
        raise Forbidden(NO_FILES)
    release()
    with storing.slot():
        about = _taken(named, lambda: _content(named, read))
        return write(lambda: File.add(user_id, **about).described)


def take(name: str, data: bytes) -> Mapping[str, Any] | None:
    """Look at a file that somebody imports, as at an upload, and store its content; return its
    columns, None where it can't be used. Raises Unavailable."""
    settings = current_config().files
    if not settings.per_message or len(data) > settings.bytes:
        return None
    try:
        with storing.slot():
            return _taken(clean_name(name), lambda: data)
    except Invalid:
        return None


def avatar(name: str | None, read: Callable[[int], bytes]) -> bytes:
    """Return an uploaded picture as an avatar. Raises as `upload` does."""
    settings, named = current_config().files, clean_name(name)
    release()
    with inspection():
        return avatar_of(named, _content(named, read), settings.megapixels)


def _content(name: str, read: Callable[[int], bytes]) -> bytes:
    settings = current_config().files
    data = read(settings.bytes + 1)
    if len(data) > settings.bytes:
        raise TooLarge(TOO_LARGE.format(name=name, most=settings.megabytes))
    return data


def _taken(name: str, read: Callable[[], bytes]) -> dict[str, Any]:
    """Look at a file, and store its content; return its columns, but for whose it is: nobody sees
    it before there is a row with these."""
    with inspection():
        data = read()
        found = inspect(name, data, current_config().files.megapixels)
    return {
        "content_id": storing.store(data, [found.sent] if found.sent else found.pages),
        **_columns(name, data, found),
    }


def _columns(name: str, data: bytes, found: Found) -> dict[str, Any]:
    width, height = found.thumbnail_size
    return {
        "name": name,
        "kind": found.kind,
        "media_type": found.media_type,
        "size": len(data),
        "width": width,
        "height": height,
        "tokens": _tokens(found),
        "is_cut": found.is_cut,
        "pages": len(found.pages),
        "thumbnail": found.thumbnail or None,
        "text": found.text,
    }


def _tokens(found: Found) -> int:
    """Return about how many tokens a model gets."""
    if found.sent:
        width, height = found.size
        return width * height // PIXELS_PER_TOKEN + TOKENS_PER_PICTURE
    return estimate([found.text]) if found.text else 0
