"""The namespace that readers connect to: each handler translates, models and replies decide."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_login import current_user
from flask_socketio import Namespace
from limits import RateLimitItem

from app import replies, schemas
from app.auth import rate_limits
from app.auth.authorize import authorize, authorize_message, authorize_question
from app.auth.token_bucket import spend
from app.errors import Invalid, RateLimited, Unauthorized
from app.events import emit
from app.models.conversation import room_of
from app.sockets import connecting, pages
from app.sockets.acknowledging import Ack, handles, refusal
from app.sockets.joins import SharedJoins
from app.transport.packets import RESERVED_EVENTS


class Conversations(Namespace):  # type: ignore[misc]  # flask-socketio has no types
    """`/conversations`, as the protocol describes it."""

    def __init__(self, allowed: RateLimitItem | None) -> None:
        super().__init__(emit.NAMESPACE)
        self._allowed = allowed
        self._shared_joins = SharedJoins()

    def trigger_event(self, event: str, sid: str, *args: Any) -> Any:
        """Call the event's handler; what has none is refused, so that no caller waits."""
        if not emit.is_connected(sid):  # not yet, or no longer
            ours = event in RESERVED_EVENTS
            return super().trigger_event(event, sid, *args) if ours else refusal(Unauthorized())
        if event in RESERVED_EVENTS or not hasattr(self, f"on_{event}"):
            return refusal(Invalid("There is no such event."))
        if wait := spend(emit.handshake(sid), self._allowed):
            return refusal(RateLimited(retry_after=wait))
        return super().trigger_event(event, sid, *args)

    def on_connect(self, auth: Any = None) -> None:
        """Let in who speaks our protocol and is signed in, by cookie or by token."""
        connecting.authenticate(_sid(), auth, self._allowed)

    @handles(schemas.Join)
    def on_join(self, wish: schemas.Join) -> Ack:
        """Bring a reader up to what is committed, and let it read along from there."""
        rate_limits.hit("join", current_user.id)
        conversation = authorize(wish.conversation)  # a stranger never enters, not for a moment
        user_id = current_user.id
        # First the room, then the read: nothing falls between. The transaction that reads asks once
        # more who is a member, and that answer counts: who was removed in between gets nothing.
        emit.enter(_sid(), conversation.room)
        try:
            catch_up = self._shared_joins.catch_up(_sid(), user_id, conversation, wish)
        except Exception:  # also when the read fails: who may have been removed must not stay
            emit.leave(_sid(), room_of(wish.conversation))
            raise
        return {**catch_up.description, **({"reload": True} if catch_up.reload else {})}

    @handles(schemas.Leave)
    def on_leave(self, wish: schemas.Leave) -> None:
        """Stop reading along."""
        emit.leave(_sid(), room_of(wish.conversation))

    @handles(schemas.Send)
    def on_send(self, wish: schemas.Send) -> Ack:
        """Store a question; its answer begins, or waits for its turn."""
        rate_limits.hit("send", current_user.id)
        conversation = authorize(wish.conversation)
        return replies.ask(conversation.id, current_user.id, wish.content, wish.key)

    @handles(schemas.Edit)
    def on_edit(self, wish: schemas.Edit) -> Ack:
        """Replace the last question, its answer and all, by another."""
        rate_limits.hit("send", current_user.id)
        conversation = authorize_question(wish.id)
        return replies.edit(conversation.id, wish.id, current_user.id, wish.content, wish.key)

    @handles(schemas.MessageRef)
    def on_stop(self, wish: schemas.MessageRef) -> None:
        """End a streaming answer where it is."""
        replies.stop(authorize_message(wish.id)[1].id)

    @handles(schemas.MessageRef)
    def on_retry(self, wish: schemas.MessageRef) -> Ack:
        """Replace the last answer by a new one."""
        rate_limits.hit("retry", current_user.id)
        return replies.retry(authorize_message(wish.id)[0].id, wish.id)

    @handles(schemas.Create)
    def on_create(self, wish: schemas.Create) -> Ack:
        """Begin a conversation of the caller's own; it counts like a question."""
        rate_limits.hit("send", current_user.id)
        return pages.create(current_user.id, wish)

    @handles(schemas.ListConversations)
    def on_conversations(self, wish: schemas.ListConversations) -> Ack:
        """List the caller's conversations, newest first."""
        return pages.list_conversations(current_user.id, wish.before)

    @handles(schemas.History)
    def on_history(self, wish: schemas.History) -> Ack:
        """Return the page of messages before a position."""
        return pages.history(authorize(wish.conversation), wish.before, wish.limit)


def _sid() -> str:
    return str(request.sid)  # type: ignore[attr-defined]  # flask-socketio adds it
