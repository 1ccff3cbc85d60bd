"""A conversation and its messages as a page shows them.

Read without the ORM, which would take longer than all the rest of a page with 50 messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Integer, bindparam, select

from app.database import find_in_session
from app.direct import DirectStatement
from app.errors import NotFound
from app.models.conversation import Conversation
from app.models.membership import Membership
from app.models.message import Message, Role
from app.models.paging import PAGE_MESSAGES, take_page
from app.models.user import User

IN_CONVERSATION = (Message.conversation_id == bindparam("conversation_id"), Message.is_shown())
LAST_QUESTION = (
    select(Message.author_id)
    .where(Message.conversation_id == Conversation.id, Message.is_shown())
    .where(Message.role == Role.USER)
    .order_by(Message.position.desc())
    .limit(1)
    .scalar_subquery()
)
CONVERSATION = DirectStatement(
    select(
        Conversation.id,
        Conversation.public_id,
        Conversation.title,
        Conversation.model,
        Conversation.asking,
        Conversation.system_prompt,
        Conversation.temperature,
        Conversation.effort,
        Conversation.sent_from,
        Conversation.position,
        Conversation.revision,
        Conversation.version,
        Conversation.reacted,
        Conversation.pins,
        Conversation.branched_from,
        Conversation.assistant,
        Membership.role.label("member_role"),
        Membership.read_position,
        LAST_QUESTION.label("last_asked_by"),
    )
    .join(Membership, Membership.conversation_id == Conversation.id)
    .where(Conversation.public_id == bindparam("public_id"), Conversation.deleted_at.is_(None))
    .where(Membership.user_id == bindparam("user_id", type_=Integer))
)
SIZES = DirectStatement(
    select(Message.position, Message.size)
    .where(*IN_CONVERSATION, Message.position < bindparam("before", type_=BigInteger))
    .order_by(Message.position.desc())
    .limit(PAGE_MESSAGES + 1)
)
MESSAGES = DirectStatement(
    select(
        *(Message.id, Message.public_id, Message.position, Message.role, Message.status),
        *(Message.author_id, Message.model, Message.asks, Message.mentions, Message.waiting),
        *(Message.version, Message.versions, Message.seq, Message.content, Message.thinking),
        *(Message.content_html, Message.error, Message.note, Message.created_at, Message.ended_at),
        *(Message.quotes, Message.files, Message.reacted, Message.reactions, Message.is_cut),
        *(Message.input_tokens, Message.output_tokens, Message.thought_ms),
        Message.author_name_column().label("author_name"),
        User.is_bot.label("author_is_bot"),
    )
    .outerjoin(User, User.id == Message.author_id)
    .where(*IN_CONVERSATION, Message.position.between(bindparam("first"), bindparam("last")))
    .order_by(Message.position)
)


def find_conversation(public_id: str, user_id: int) -> Any:
    """Return a user's conversation, with their membership and who has asked the last question.

    Raises NotFound where the user has none with this id.
    """
    found = find_in_session(CONVERSATION, {"public_id": public_id, "user_id": user_id})
    if not found:
        raise NotFound()
    return found[0]


def messages_before(conversation_id: int, position: int) -> tuple[Sequence[Any], bool]:
    """Return the messages of a page, those before `position`, and whether there are more; with
    their authors."""
    here = {"conversation_id": conversation_id}
    sizes = find_in_session(SIZES, {**here, "before": position})
    page = take_page(sizes)
    if not page:
        return [], False
    between = {"first": page[-1].position, "last": page[0].position}
    return find_in_session(MESSAGES, {**here, **between}), len(sizes) > len(page)
