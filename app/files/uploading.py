"""What becomes of an upload: its content is looked at, and it is stored as somebody's own, or made
into their avatar."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.config import current_config
from app.database import release, write
from app.errors import Forbidden, TooLarge
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
        with inspection():
            data = _content(named, read)
            found = inspect(named, data, settings.megapixels)
        return _stored(user_id, named, data, found)


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


def _stored(user_id: int, name: str, data: bytes, found: Found) -> Mapping[str, Any]:
    """Store the content, and then the file, which nobody sees before."""
    about = fields_of(name, data, found)
    content_id = storing.store(data, [found.sent] if found.sent else [])
    return write(lambda: File.add(user_id, content_id=content_id, **about).described)


def fields_of(name: str, data: bytes, found: Found) -> dict[str, Any]:
    """Return a file's columns, but for whose it is and where its content is."""
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
        "thumbnail": found.thumbnail or None,
        "text": found.text,
    }


def _tokens(found: Found) -> int:
    """Return about how many tokens a model gets."""
    if found.sent:
        width, height = found.size
        return width * height // PIXELS_PER_TOKEN + TOKENS_PER_PICTURE
    return estimate([found.text]) if found.text else 0
