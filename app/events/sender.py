"""Who asks, as other members may know them besides by a name, which two of them may share."""

from __future__ import annotations

from flask import current_app
from itsdangerous import Signer


def sender(conversation_id: str, user_id: int) -> str:
    """Name somebody within one conversation: not to be guessed, and another name in any other."""
    signer = Signer(current_app.secret_key or "", salt="sender")
    return signer.get_signature(f"{conversation_id}/{user_id}").decode()
