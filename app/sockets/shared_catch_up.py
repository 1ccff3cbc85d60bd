"""What a stranger with a share link lacks: of the whole conversation, or of one answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from app.database import read
from app.errors import Unavailable
from app.events import rooms, sharing
from app.events.payloads import message_payload, removed_payload
from app.events.shapes import MessagePayload
from app.events.sharing import ANSWER_TITLE, AnswerView
from app.extensions import db
from app.models import Conversation, Message
from app.models.conversation import room_of
from app.models.share import FoundShare, Share, shown_answer
from app.schemas import Join
from app.sockets.catch_up import CatchUp, read_catch_up, state_of

TRIES = 5  # more than versions can be chosen during a join


def read_shared(share: FoundShare, join: Join) -> CatchUp | None:
    """Let those in the room of the link's view follow it; return what they lack, as they get it.

    None where the link can't be used any more.
    """
    view = sharing.follow(share)
    rooms.await_events(room_of(share.conversation))
    if isinstance(view, AnswerView):
        catch_up = _read_answer(share, join, view)
    else:
        whole = join.model_copy(update={"conversation": share.conversation})
        catch_up = read(lambda: read_catch_up(whole) if Share.is_usable(share) else None)
    return catch_up and _public(share, catch_up)


def _public(share: FoundShare, catch_up: CatchUp) -> CatchUp:
    """Return the same with the payloads as strangers get them."""

    def shown(event: str, payload: Any) -> Any:
        return sharing.shown(share, event, payload)[1]

    return replace(
        catch_up,
        conversation=shown("conversation", catch_up.conversation),
        messages=[shown("message", each) for each in catch_up.messages],
        states=[shown("current_state", each) for each in catch_up.states],
        removed=catch_up.removed and shown("removed", catch_up.removed),
    )


def _read_answer(share: FoundShare, join: Join, view: AnswerView) -> CatchUp | None:
    """Read until the view lets pass all events about what was read: then none can be missed."""
    for _ in range(TRIES):
        catch_up, ids = read(lambda: _answer(share, join))
        if ids <= view.ids:
            return catch_up
        view.ids |= ids
    raise Unavailable()


def _answer(share: FoundShare, join: Join) -> tuple[CatchUp | None, frozenset[str]]:
    """Return what a reader lacks of a question and its answer, and the ids of the two."""
    conversation = db.session.get(Conversation, share.conversation_id)
    if conversation is None or conversation.deleted_at or not Share.is_usable(share):
        return None, frozenset()
    pair = shown_answer(share)
    return _lacked(conversation, pair, join), frozenset(each.public_id for each in pair)


def _lacked(conversation: Conversation, pair: Sequence[Message], join: Join) -> CatchUp:
    position, revision = len(pair), revision_of(pair)
    here = {"conversation": "", "title": ANSWER_TITLE, "position": position, "revision": revision}
    catch_up = CatchUp(cast(Any, here), frozenset())
    if join.revision is not None and join.revision != revision:
        return replace(catch_up, reload=True)
    gone = sorted(set(join.have) - {message.public_id for message in pair})
    return replace(
        catch_up,
        messages=_messages(conversation, pair, join),
        states=[
            state_of(conversation, each, join)
            for each in pair
            if each.is_streaming or each.public_id in join.have
        ],
        removed={**removed_payload(conversation, gone), "revision": revision} if gone else None,
    )


def _messages(
    conversation: Conversation, pair: Sequence[Message], join: Join
) -> list[MessagePayload]:
    numbers = {"revision": revision_of(pair)}
    return [
        cast(Any, {**message_payload(message, conversation), **numbers, "position": position})
        for position, message in enumerate(pair, start=1)
        if join.after is not None and position > join.after
    ]


def revision_of(pair: Sequence[Message]) -> int:
    """Return the revision of what a link to one answer shows: another one for each version.

    The conversation's own would tell how much is asked and answered elsewhere in it.
    """
    return int(pair[-1].public_id[:12], 16) if pair else 0
