"""The last question, asked in other words: commits first, then tells, then sets off the work."""

from __future__ import annotations

from app.database import release, write
from app.events.payloads import removal
from app.extensions import db
from app.markdown import render
from app.models import Conversation, editing
from app.models.asking import Question
from app.replies.requests import Effects, beginning, effects_of, tell
from app.replies.runtime import current_runtime


def edit(
    conversation_id: int, message_id: str, author_id: int, content: str, key: str | None
) -> dict[str, str]:
    """Replace the last question; return the ids of the new one and its answer."""
    release()
    question = Question(author_id, content, current_runtime().offload(render, content), key)
    with beginning():
        return tell(write(lambda: _edit(conversation_id, message_id, question)))


def _edit(conversation_id: int, message_id: str, question: Question) -> Effects:
    conversation = db.session.get_one(Conversation, conversation_id)
    edited = editing.edit(conversation, message_id, question)
    effects = effects_of(edited.asked, conversation)
    if not edited.gone:
        return effects
    return effects._replace(
        gone=edited.gone,
        removal=removal(conversation, [message.public_id for message in edited.gone]),
    )
