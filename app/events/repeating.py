"""What readers may have missed while other processes' events did not come, and what no look at
conversations finds: how far people have read, and what lists show. It is sent again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.database import read
from app.events import emit, rooms
from app.events.followed import conversations_in
from app.events.payloads import listed_payload, sender
from app.events.shapes import ListedPayload, ReadPayload
from app.extensions import socketio
from app.models.conversation import room_of
from app.models.heads import Marks, read_marks
from app.models.listing import conversations_of
from app.models.membership import listed_by

MARKS_AT_ONCE = 20  # conversations, of up to a hundred members each
PAUSE_SECONDS = 0.01  # after each statement: there may be thousands of lists


def repeat() -> None:
    """Send this process's readers how far the members of their conversations have read, and the
    first page of each list that is followed.

    Who knows it ignores it: the greater position counts, and the higher version.
    """
    followed = rooms.followed()
    conversations = sorted(conversations_in(followed))
    for start in range(0, len(conversations), MARKS_AT_ONCE):
        some = conversations[start : start + MARKS_AT_ONCE]
        _send_marks(read(lambda some=some: read_marks(some)))  # type: ignore[misc]
        socketio.sleep(PAUSE_SECONDS)
    for user_id in filter(None, map(listed_by, followed)):
        _send_list(user_id, read(lambda user_id=user_id: _list_of(user_id)))  # type: ignore[misc]
        socketio.sleep(PAUSE_SECONDS)


def _send_marks(marks: Mapping[str, Marks]) -> None:
    for where, members in marks.items():
        people: list[ReadPayload] = [
            {"sender": sender(where, who), "read": position} for who, position in members
        ]
        emit.seen({"conversation": where, "people": people}, room_of(where))


def _list_of(user_id: int) -> list[ListedPayload]:
    return [
        listed_payload(each) for each in conversations_of(user_id, archived=False).conversations
    ]


def _send_list(user_id: int, listed: Sequence[ListedPayload]) -> None:
    for payload in listed:
        emit.listed(payload, user_id, local=True)
