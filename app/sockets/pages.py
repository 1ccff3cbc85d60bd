"""What `conversations`, `create` and `history` answer."""

from __future__ import annotations

from app.database import read, write
from app.errors import Invalid
from app.events.payloads import announcement, rfc3339
from app.models import Conversation
from app.models.listing import conversations_of
from app.models.paging import page_before
from app.models.starting import start_conversation, unused_conversation
from app.replies import current_runtime
from app.schemas import Create
from app.sockets.acknowledging import Ack


def list_conversations(user_id: int, before: str | None) -> Ack:
    """Return a page of somebody's conversations and the cursor of the next."""
    listing = conversations_of(user_id, before)
    page = [
        {
            "conversation": conversation.public_id,
            "title": conversation.title,
            "position": conversation.position,
            "updated_at": rfc3339(conversation.updated_at),
        }
        for conversation in listing.conversations
    ]
    return {"conversations": page, **({"next": listing.next} if listing.next else {})}


def create(user_id: int, wish: Create) -> Ack:
    """Begin a conversation and return its id."""
    model = _known_model(wish.model)
    public_id = write(lambda: start_conversation(user_id, wish.title, model))
    return {"conversation": public_id}


def begin(user_id: int, wish: Create) -> Ack:
    """Begin a conversation, unless there is one that has not been used; return its id."""
    model = _known_model(wish.model)
    unused = read(lambda: unused_conversation(user_id, model)) if wish.title is None else None
    return {"conversation": unused} if unused else create(user_id, wish)


def history(conversation: Conversation, before: int, limit: int) -> Ack:
    """Return the page of messages before a position, oldest first, and whether there are more."""
    messages, more = page_before(conversation, before, limit)
    return {"messages": [announcement(m, conversation) for m in messages], "more": more}


def _known_model(name: str | None) -> str:
    models = current_runtime().models
    if name is not None and name not in models.names:
        raise Invalid("model: there is no model of this name here.")
    return name or models.default
