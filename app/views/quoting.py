"""Quotes a message in a draft; quoting.js makes the same of a selected passage."""

from __future__ import annotations

from app.characters import cut
from app.events.payloads import FORMER_MEMBER
from app.models import Message, Role
from app.providers.model import short
from app.replies import current_runtime

QUOTED_LENGTH = 2_000  # characters of a message


def quotation(message: Message) -> str:
    """Return a message as a quotation, each line after `> `, with who said it in the first one."""
    text = cut(message.content, QUOTED_LENGTH)
    lines = [f"{_author(message)}:", *text.strip().splitlines()]
    return "".join(f"> {line}".rstrip() + "\n" for line in lines) + "\n"


def _author(message: Message) -> str:
    if message.role == Role.USER:
        return message.author_name or FORMER_MEMBER
    return short(current_runtime().models.label(message.model or message.conversation.model))
