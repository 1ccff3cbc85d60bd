"""What an operator names on the command line, found or refused with a sentence."""

from __future__ import annotations

from app.commands.group import Refused
from app.models import Conversation, User


def user_with(email: str) -> User:
    """Return who has this address; Refused where nobody has."""
    user = User.by_email(email)
    if user is None:
        raise Refused(f"Nobody has the address {email}.")
    return user


def conversation_with(public_id: str) -> Conversation:
    """Return the conversation with this id; Refused where there is none."""
    conversation = Conversation.by_public_id(public_id)
    if conversation is None:
        raise Refused(f"There is no conversation {public_id}.")
    return conversation
