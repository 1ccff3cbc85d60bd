"""The namespace that readers connect to. Each handler translates; models and replies decide."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_login import current_user
from flask_socketio import Namespace
from limits import RateLimitItem

from app import counts, replies, schemas
from app.auth import rate_limits
from app.auth.authorize import (
    authorize,
    authorize_message,
    authorize_question,
    check_allowed,
)
from app.auth.token_bucket import seconds_until_allowed
from app.database import read
from app.errors import Conflict, Invalid, RateLimited, Unauthorized
from app.events import rooms
from app.events.payloads import listing_payload, message_payload
from app.events.shapes import ListingPayload
from app.logs import context
from app.models.conversation import room_of
from app.models.listing import conversations_of
from app.models.membership import list_room
from app.models.paging import page_before
from app.models.rights import Action
from app.presence import current_presence
from app.schemas import check
from app.sockets import strangers
from app.sockets.acknowledgements import Ack, acknowledge, handles, refusal
from app.sockets.connecting import authenticate
from app.sockets.joins import JoinCoalescer
from app.transport.packets import RESERVED_EVENTS

JOIN_FIRST = "Join the conversation first."


class Conversations(Namespace):  # type: ignore[misc]  # flask-socketio has no types
    """`/conversations`, as docs/protocol.md describes it."""

    def __init__(self, event_limit: RateLimitItem | None) -> None:
        super().__init__(rooms.NAMESPACE)
        self._event_limit = event_limit
        self._joins = JoinCoalescer()

    def trigger_event(self, event: str, sid: str, *args: Any) -> Any:
        """Call the event's handler; refuse an unknown event, so that no caller waits for ever."""
        if not rooms.is_connected(sid):  # not yet, or no longer
            is_ours = event in RESERVED_EVENTS
            return super().trigger_event(event, sid, *args) if is_ours else refusal(Unauthorized())
        if event in RESERVED_EVENTS or not hasattr(self, f"on_{event}"):
            return refusal(Invalid("There is no such event."))
        context.begin(request=context.new_request_id(), event=event)
        if wait := seconds_until_allowed(rooms.handshake_environ(sid), self._event_limit):
            counts.RATE_LIMITED.add("events")
            return refusal(RateLimited(retry_after=wait))
        return super().trigger_event(event, sid, *args)

    def on_connect(self, auth: Any = None) -> None:
        """Accept a socket that speaks this protocol and is signed in or has a share link."""
        authenticate(_sid(), auth, self._event_limit)

    def on_join(self, data: Any = None, *_more: Any) -> Ack:
        """Send a reader what it lacks, and let it follow the conversation from there."""
        share = strangers.share_of(request.environ)
        if share is None:
            return self._join(data)
        return acknowledge(
            lambda: strangers.join(self._joins, _sid(), share, check(schemas.Join, data))
        )

    @handles(schemas.Join)
    def _join(self, join: schemas.Join) -> Ack:
        rate_limits.hit("join", current_user.id)
        catch_up = self._joins.catch_up(_sid(), current_user.id, join)
        return {**catch_up.conversation, **({"reload": True} if catch_up.reload else {})}

    @handles(schemas.Leave)
    def on_leave(self, leave: schemas.Leave) -> None:
        """Stop following a conversation."""
        rooms.leave(_sid(), room_of(leave.conversation))

    @handles(schemas.Send)
    def on_send(self, send: schemas.Send) -> Ack:
        """Store a question; its answer begins, or waits for its turn."""
        rate_limits.hit("send", current_user.id)
        where = authorize(send.conversation, Action.WRITE).id
        current_presence().stop_typing(send.conversation, _sid())
        content, key, model = send.content, send.key, send.model
        author = current_user.id
        return replies.ask(where, author, content, key, model, send.asks, send.quotes, send.files)

    @handles(schemas.Edit)
    def on_edit(self, edit: schemas.Edit) -> Ack:
        """Put another version in the place of one of the caller's questions."""
        rate_limits.hit("send", current_user.id)
        question = authorize_question(edit.id)
        where = question.conversation_id
        author, content, key, model = current_user.id, edit.content, edit.key, edit.model
        return replies.edit(where, edit.id, author, content, key, model, edit.asks, edit.files)

    @handles(schemas.MessageRef)
    def on_stop(self, message: schemas.MessageRef) -> None:
        """End a streaming answer where it is."""
        replies.stop(authorize_message(message.id, Action.WRITE).id, current_user.id)

    @handles(schemas.Retry)
    def on_retry(self, retry: schemas.Retry) -> Ack:
        """Put another version in the place of the last answer."""
        rate_limits.hit("retry", current_user.id)
        where = authorize_message(retry.id, Action.WRITE).conversation_id
        return replies.retry(where, retry.id, current_user.id, retry.model)

    @handles(schemas.MessageRef)
    def on_continue(self, message: schemas.MessageRef) -> Ack:
        """Let the last answer go on where it ended; it counts like a retry."""
        rate_limits.hit("retry", current_user.id)
        where = authorize_message(message.id, Action.WRITE).conversation_id
        return replies.go_on(where, message.id, current_user.id)

    @handles(schemas.Choose)
    def on_choose(self, choice: schemas.Choose) -> Ack:
        """Show another version of a message to everybody; it counts like a retry."""
        rate_limits.hit("retry", current_user.id)
        where = authorize_message(choice.id, Action.WRITE).conversation_id
        return replies.choose(where, choice.id, current_user.id, choice.version)

    @handles(schemas.Create)
    def on_create(self, create: schemas.Create) -> Ack:
        """Start a conversation of the caller's own; it counts like a question."""
        rate_limits.hit("send", current_user.id)
        return {"conversation": replies.create(current_user.id, create.title, create.model)}

    @handles(schemas.ListConversations)
    def on_conversations(self, page: schemas.ListConversations) -> Ack:
        """List the caller's conversations, newest first, and let the caller follow the list."""
        user_id = current_user.id
        if page.follow:  # first the room, then the read: nothing is missed in between
            rooms.enter(_sid(), list_room(user_id))
            rooms.await_events(list_room(user_id))
        return {**read(lambda: _listing(user_id, page))}

    @handles(schemas.Read)
    def on_read(self, seen: schemas.Read) -> None:
        """Store how far the caller has read a conversation."""
        replies.mark_read(authorize(seen.conversation).id, current_user.id, seen.position)

    @handles(schemas.React)
    def on_react(self, reaction: schemas.React) -> None:
        """Put an emoji on a message, or take it away."""
        rate_limits.hit("react", current_user.id)
        message_id = authorize_message(reaction.id, Action.REACT).id
        replies.react(message_id, current_user.id, reaction.emoji, on=reaction.on)

    @handles(schemas.MessageRef)
    def on_branch(self, message: schemas.MessageRef) -> Ack:
        """Copy a conversation up to a message, for the caller; it counts like a question."""
        rate_limits.hit("send", current_user.id)
        return {"conversation": replies.branch(authorize_message(message.id).id, current_user.id)}

    @handles(schemas.Pin)
    def on_pin(self, pin: schemas.Pin) -> None:
        """Pin a message, or unpin it; it counts like a reaction."""
        rate_limits.hit("react", current_user.id)
        replies.pin(authorize_message(pin.id, Action.WRITE).id, current_user.id, on=pin.on)

    @handles(schemas.Reacted)
    def on_reacted(self, request: schemas.Reacted) -> Ack:
        """Return the reactions that have changed since a reader has seen them."""
        check_allowed(request.conversation)
        found = replies.reacted_since(request.conversation, request.after)
        return {"reactions": found.states, "more": found.more}

    @handles(schemas.Presence)
    def on_presence(self, said: schemas.Presence) -> Ack:
        """Tell the others whether the caller sees a conversation; return who is present in it."""
        rate_limits.hit("presence", current_user.id)
        check_allowed(said.conversation)
        _require_joined(said.conversation)
        where, user_id = said.conversation, current_user.id
        present = current_presence().say(
            _sid(), where, user_id, here=said.here, follows=said.following
        )
        return {**present}

    @handles(schemas.Typing)
    def on_typing(self, typing: schemas.Typing) -> None:
        """Tell the others that the caller types; that ends by itself."""
        rate_limits.hit("typing", current_user.id)
        check_allowed(typing.conversation, Action.WRITE)
        _require_joined(typing.conversation)
        current_presence().type(_sid(), typing.conversation, current_user.id)

    @handles(schemas.History)
    def on_history(self, history: schemas.History) -> Ack:
        """Return the page of messages before a position."""
        conversation = authorize(history.conversation)
        messages, more = page_before(conversation, history.before, history.limit)
        return {"messages": [message_payload(m, conversation) for m in messages], "more": more}


def _listing(user_id: int, page: schemas.ListConversations) -> ListingPayload:
    return listing_payload(conversations_of(user_id, page.before, page.archived))


def _require_joined(conversation: str) -> None:
    """Presence ends with the membership, because a socket then leaves the room."""
    if not rooms.is_in(_sid(), room_of(conversation)):
        raise Conflict(JOIN_FIRST)


def _sid() -> str:
    return str(request.sid)  # type: ignore[attr-defined]  # flask-socketio adds it
