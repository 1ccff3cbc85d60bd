"""What strangers with a share link are told: of the events of a conversation those in SHOWN, and
of each the keys that are named here. Whatever is new elsewhere stays hidden from them.

They don't get a model's thinking, which is not what the answer says; nor why an answer has failed,
how long it took and who has stopped it, which is the members' own business.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from app.events import rooms
from app.models.conversation import room_of
from app.models.message import Role, Status
from app.models.share import FoundShare

Shown = tuple[str, dict[str, Any]]

SOMEBODY = "Somebody"
ANSWER_TITLE = "One answer"
PROGRESS_KEYS = ("id", "since", "seq", "content", "status")
MESSAGE_KEYS = (*PROGRESS_KEYS, "position", "revision", "role", "model", "created_at")
SHOWN: Mapping[str, Collection[str]] = {
    "message": MESSAGE_KEYS,
    "current_state": PROGRESS_KEYS,
    "chunk": PROGRESS_KEYS,
    "streaming_end": PROGRESS_KEYS,
    "removed": ("ids", "revision"),
    "conversation": ("title", "position", "revision"),
    "rejoin": (),
}


class ConversationView:
    """Shows a whole conversation."""

    def __init__(self, share: FoundShare) -> None:
        self._share = share

    def __call__(self, event: str, payload: Any) -> Shown | None:
        """Return an event as strangers get it; None where they don't."""
        return shown(self._share, event, payload) if event in SHOWN else None


class AnswerView:
    """Shows one answer with its question: of other messages strangers learn nothing.

    It knows the ids under which the two are shown. Where that may have changed its readers join
    again, which reads what is shown then.
    """

    def __init__(self, share: FoundShare) -> None:
        self._share = share
        self.ids: frozenset[str] = frozenset()

    def __call__(self, event: str, payload: Any) -> Shown | None:
        """Return an event as strangers get it; None where they don't."""
        if event in ("chunk", "streaming_end") and payload["id"] in self.ids:
            return shown(self._share, event, payload)
        if event == "rejoin" or self._is_another_version(event, payload):
            return shown(self._share, "rejoin", {})
        return None

    def _is_another_version(self, event: str, payload: Any) -> bool:
        if event == "removed":
            return not self.ids.isdisjoint(payload["ids"])
        return event == "message" and "versions" in payload


def follow(share: FoundShare) -> ConversationView | AnswerView:
    """Let those in the room of a link's view get what it shows from now on; return the view.

    Call it when a reader is in this room, and before reading the database.
    """
    view = ConversationView(share) if share.answer_id is None else AnswerView(share)
    return rooms.add_view(room_of(share.conversation), share.view_room, view)


def shown(share: FoundShare, event: str, payload: Mapping[str, Any]) -> Shown:
    """Return an event and its payload as strangers get them."""
    public = {key: payload[key] for key in SHOWN[event] if key in payload}
    public["conversation"] = share.public_id
    if event == "conversation":
        public["members"] = []
    if event == "message" and payload["role"] == Role.USER:
        public["author"] = payload["author"] if share.shows_names else SOMEBODY
    if payload.get("status") == Status.COMPLETE and "note" in payload:
        public["note"] = payload["note"]
    return event, public
