"""Concurrent joins with the same cursor are coalesced into one read and one encoding.

Without this, a thousand readers that reconnect at once would cost a thousand reads of the same
text. The readers of a group enter a room of their own, local to this process. The first of them
waits a moment for the others, closes the group, reads for all, and emits into the room.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from itertools import count
from threading import Event, Lock

from app.database import read, release
from app.errors import NotFound, Unavailable
from app.events import emit, rooms
from app.extensions import socketio
from app.schemas import Join
from app.sockets.catch_up import CatchUp, read_catch_up

GATHER_SECONDS = 0.005
READ_TIMEOUT_SECONDS = 30.0


@dataclass(slots=True)
class JoinGroup:
    """The readers who share a join, by socket id, and what they get."""

    room: str
    readers: dict[str, int] = field(default_factory=dict)  # socket id → user id
    done: Event = field(default_factory=Event)
    succeeded: bool = False
    catch_up: CatchUp | None = None  # None where the conversation is gone


class JoinCoalescer:
    """This process's groups that readers can still enter, by cursor."""

    def __init__(self) -> None:
        self._open: dict[Hashable, JoinGroup] = {}
        self._lock = Lock()
        self._numbers = count(1)

    def catch_up(self, sid: str, user_id: int, conversation_id: int, join: Join) -> CatchUp:
        """Send one reader, who is in the conversation's room already, what it lacks.

        Returns what it was sent. Raises NotFound if it is not a member at the moment of the read.
        """
        cursor = _cursor(join)
        release()
        with self._lock:
            is_first = cursor not in self._open
            group = self._open.get(cursor) or JoinGroup(f"join:{next(self._numbers)}")
            rooms.enter(sid, group.room)  # raises for a closed socket, before the group is open
            group.readers[sid] = user_id
            self._open[cursor] = group
        if is_first:
            socketio.sleep(GATHER_SECONDS)
            self._serve(group, cursor, conversation_id, join)
        elif not group.done.wait(READ_TIMEOUT_SECONDS):
            raise Unavailable()
        return _result(group, user_id)

    def _serve(self, group: JoinGroup, cursor: Hashable, conversation_id: int, join: Join) -> None:
        with self._lock:
            del self._open[cursor]  # a later join starts another group
        try:
            group.catch_up = read(lambda: read_catch_up(conversation_id, join))
            _send(group)
            group.succeeded = True
        finally:
            rooms.empty(group.room)
            group.done.set()


def _cursor(join: Join) -> Hashable:
    return (join.conversation, join.after, join.revision, frozenset(join.have.items()))


def _send(group: JoinGroup) -> None:
    catch_up = group.catch_up
    if catch_up is None:
        return
    for sid, user_id in group.readers.items():
        if user_id not in catch_up.member_ids:  # removed since it entered
            rooms.leave(sid, group.room)
    for message in catch_up.messages:
        emit.message(message, group.room)
    for state in catch_up.states:
        emit.current_state(state, group.room)
    if catch_up.removed:
        emit.removed(catch_up.removed, group.room)


def _result(group: JoinGroup, user_id: int) -> CatchUp:
    if not group.succeeded:
        raise Unavailable()
    if group.catch_up is None or user_id not in group.catch_up.member_ids:
        raise NotFound()
    return group.catch_up
