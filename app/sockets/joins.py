"""Concurrent joins with the same cursor are coalesced into one read and one encoding.

Without this, a thousand readers that reconnect at once would cost a thousand reads of the same
text. The first reader of a group waits a moment for the others and closes the group. Then it does
everything for all of them: it reads who are members, lets these into the conversation's room and
into one of the group's own, local to this process; reads what they lack; and emits it into the
group's room.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from itertools import count
from threading import Event, Lock

from app.auth.authorize import member_ids
from app.database import read, release
from app.errors import DomainError, NotFound, Unavailable
from app.events import emit, rooms
from app.extensions import socketio
from app.models.conversation import room_of
from app.schemas import Join
from app.sockets.catch_up import CatchUp, read_catch_up

GATHER_SECONDS = 0.005
READ_TIMEOUT_SECONDS = 30.0


@dataclass(slots=True)
class JoinGroup:
    """The readers who share a join, by socket id, and what they get."""

    join: Join
    room: str
    readers: dict[str, int] = field(default_factory=dict)  # socket id → user id
    refused: dict[str, DomainError] = field(default_factory=dict)  # by socket id
    done: Event = field(default_factory=Event)
    catch_up: CatchUp | None = None

    def result(self, sid: str) -> CatchUp:
        """Return what a reader was sent; raises why it was not."""
        if sid in self.refused:
            raise self.refused[sid]
        if self.catch_up is None:
            raise Unavailable()
        return self.catch_up

    def admit(self) -> None:
        """Let those who are members into the rooms."""
        members = member_ids(self.join.conversation)
        for sid, user_id in self.readers.items():
            try:
                if user_id not in members:
                    raise NotFound()
                rooms.enter(sid, room_of(self.join.conversation))
                rooms.enter(sid, self.room)
            except DomainError as error:
                self.refuse(sid, error)

    def refuse(self, sid: str, error: DomainError) -> None:
        """Send a reader nothing, and let it leave the rooms."""
        self.refused.setdefault(sid, error)
        for room in (self.room, room_of(self.join.conversation)):
            rooms.leave(sid, room)


class JoinCoalescer:
    """This process's groups that readers can still enter, by cursor."""

    def __init__(self) -> None:
        self._open: dict[Hashable, JoinGroup] = {}
        self._lock = Lock()
        self._numbers = count(1)

    def catch_up(self, sid: str, user_id: int, join: Join) -> CatchUp:
        """Let a reader follow a conversation, and send it what it lacks.

        Returns what it was sent. Raises NotFound if it is not a member at the moment of the read.
        """
        release()
        group, is_first = self._enter(sid, user_id, join)
        try:
            if is_first:
                socketio.sleep(GATHER_SECONDS)
                self._serve(group)
            elif not group.done.wait(READ_TIMEOUT_SECONDS):
                group.refused[sid] = Unavailable()
            return group.result(sid)
        except BaseException:  # also if the read fails: one who may be removed must not stay
            rooms.leave(sid, room_of(join.conversation))
            raise

    def _enter(self, sid: str, user_id: int, join: Join) -> tuple[JoinGroup, bool]:
        """Return the group of a join, and whether this reader is its first."""
        cursor = _cursor(join)
        with self._lock:
            is_first = cursor not in self._open
            if is_first:
                self._open[cursor] = JoinGroup(join, f"join:{next(self._numbers)}")
            group = self._open[cursor]
            group.readers[sid] = user_id
            return group, is_first

    def _serve(self, group: JoinGroup) -> None:
        with self._lock:
            del self._open[_cursor(group.join)]  # a later join starts another group
        try:
            _serve(group)
        finally:
            rooms.empty(group.room)
            group.done.set()


def _cursor(join: Join) -> Hashable:
    return (join.conversation, join.after, join.revision, frozenset(join.have.items()))


def _serve(group: JoinGroup) -> None:
    """Read what the group lacks, and send it.

    First the room, then the read: nothing is missed in between. The transaction that reads checks
    the membership again, and that check decides: one removed meanwhile gets nothing.
    """
    group.admit()
    if len(group.refused) == len(group.readers):
        return
    rooms.await_events(room_of(group.join.conversation))
    catch_up = read(lambda: read_catch_up(group.join))
    for sid, user_id in group.readers.items():
        if catch_up is None or user_id not in catch_up.member_ids:
            group.refuse(sid, NotFound())
    if catch_up is not None:
        _send(catch_up, group.room)
    for sid in list(group.refused):  # also those who have given up meanwhile
        group.refuse(sid, Unavailable())
    group.catch_up = catch_up


def _send(catch_up: CatchUp, room: str) -> None:
    for message in catch_up.messages:
        emit.message(message, room)
    for state in catch_up.states:
        emit.current_state(state, room)
    if catch_up.removed:
        emit.removed(catch_up.removed, room)
