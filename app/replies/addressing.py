"""Whom a message asks and mentions, by its text: `@` and the name of a model or of a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from app.database import read
from app.errors import Invalid
from app.markdown import mentionable, mentioned
from app.models.questions import MAX_ASKED
from app.models.user import members_of
from app.replies.runtime import current_runtime

TOO_MANY = f"A message can ask {MAX_ASKED} models at most."
UNKNOWN_MODEL = "{field}: there is no model of this name here."


class Addressed(NamedTuple):
    """The models that a message asks, None where it names none, and all names that it mentions."""

    asks: tuple[str, ...] | None
    mentions: tuple[str, ...]


def addressed(
    conversation_id: int, author_id: int, content: str, asks: Sequence[str] | None
) -> Addressed:
    """Return whom a message addresses; `asks` is what its author has chosen, and counts first.

    Raises Invalid for a model that isn't offered to them, and where it asks too many.
    """
    check_models(author_id, "asks", *(asks or ()))
    handles = current_runtime().models.offered_to(author_id).handles if "@" in content else {}
    found = _mentioned(conversation_id, content, list(handles)) if "@" in content else []
    if asks is None:
        asks = [handles[name] for name in found if name in handles] or None
    chosen = None if asks is None else tuple(dict.fromkeys(asks))
    if chosen and len(chosen) > MAX_ASKED:
        raise Invalid(TOO_MANY)
    return Addressed(chosen, tuple(found))


def check_models(user_id: int, field: str, *names: str | None) -> None:
    """Raise Invalid for a name that no model has that is offered to a person; None is no name."""
    offered = current_runtime().models.offered_to(user_id).names
    if any(name is not None and name not in offered for name in names):
        raise Invalid(UNKNOWN_MODEL.format(field=field))


def _mentioned(conversation_id: int, content: str, handles: list[str]) -> list[str]:
    members = read(lambda: members_of([conversation_id])[conversation_id])
    return mentioned(content, mentionable(handles, [member.name for member in members]))
