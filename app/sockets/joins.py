"""Concurrent joins with the same cursor are coalesced into one read and one encoding.

Without this, a thousand readers that reconnect at once would cost a thousand reads of the same
text. The first reader of a group waits a moment for the others and closes the group. Then it does
everything for all of them: it reads who are members, lets these into the conversation's room and
into one of the group's own, local to this process; reads what they lack; and emits it into the
group's room.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass, field
from itertools import count
from threading import Event, Lock
from time import monotonic

from app.auth.authorize import member_ids
from app.database import read, release
from app.errors import DomainError, NotFound, Unavailable
from app.events import emit, rooms
from app.extensions import socketio
from app.models.conversation import room_of
from app.schemas import Join
from app.sockets.catch_up import CatchUp, read_catch_up
from app.sockets.join_log import kind_of, note_join

GATHER_SECONDS = 0.005
READ_TIMEOUT_SECONDS = 30.0


@dataclass(slots=True)
class JoinGroup:
    """The readers who share a join, by socket id, and what they get.

    From then on they follow the events of the room `followed`. Who may is decided by keys: those of
    users, or of the link with which strangers read.
    """

    join: Join
    followed: str
    room: str
    readers: dict[str, int] = field(default_factory=dict)  # socket id → key
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

    def admit(self, keys: Collection[int]) -> bool:
        """Let the readers with these keys into the rooms; return whether any is in them."""
        for sid, key in self.readers.items():
            try:
                if key not in keys:
                    raise NotFound()
                rooms.enter(sid, self.followed)
                rooms.enter(sid, self.room)
            except DomainError as error:
                self.refuse(sid, error)
        return len(self.refused) < len(self.readers)

    def refuse_others(self, keys: Collection[int]) -> None:
        """Refuse the readers without one of these keys, who were admitted a moment ago."""
        for sid, key in self.readers.items():
            if key not in keys:
                self.refuse(sid, NotFound())

    def refuse(self, sid: str, error: DomainError) -> None:
        """Send a reader nothing, and let it leave the rooms."""
        self.refused.setdefault(sid, error)
        for room in (self.room, self.followed):
            rooms.leave(sid, room)


Serve = Callable[[JoinGroup], CatchUp | None]
"""Sends a group what it lacks, and returns it; None where there is nothing that it may see."""


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
        return self.catch_up_in(room_of(join.conversation), sid, user_id, join, _serve)

    def catch_up_in(self, followed: str, sid: str, key: int, join: Join, serve: Serve) -> CatchUp:
        """Do the same for what is followed in a room; the group that a reader is in is served by
        its first reader's `serve`."""
        release()
        began, kind = monotonic(), kind_of(sid, followed, join)
        group, is_first = self._enter(followed, sid, key, join)
        try:
            if is_first:
                socketio.sleep(GATHER_SECONDS)
                self._serve(group, serve)
            elif not group.done.wait(READ_TIMEOUT_SECONDS):
                group.refused[sid] = Unavailable()
            catch_up = group.result(sid)
        except BaseException:  # also if the read fails: one who may be removed must not stay
            rooms.leave(sid, followed)
            raise
        note_join(kind, join, catch_up, began)
        return catch_up

    def _enter(self, followed: str, sid: str, key: int, join: Join) -> tuple[JoinGroup, bool]:
        """Return the group of a join, and whether this reader is its first."""
        cursor = _cursor(followed, join)
        with self._lock:
            is_first = cursor not in self._open
            if is_first:
                self._open[cursor] = JoinGroup(join, followed, f"join:{next(self._numbers)}")
            group = self._open[cursor]
            group.readers[sid] = key
            return group, is_first

    def _serve(self, group: JoinGroup, serve: Serve) -> None:
        with self._lock:
            del self._open[_cursor(group.followed, group.join)]  # a later join starts another group
        try:
            catch_up = serve(group)
            for sid in list(group.refused):  # also those who have given up meanwhile
                group.refuse(sid, Unavailable())
            group.catch_up = catch_up
        finally:
            rooms.empty(group.room)
            group.done.set()


def _cursor(followed: str, join: Join) -> Hashable:
    return (followed, join.after, join.revision, frozenset(join.have.items()))


def _serve(group: JoinGroup) -> CatchUp | None:
    """Read what a group of users lacks, and send it.

    First the room, then the read: nothing is missed in between. The transaction that reads checks
    the membership again, and that check decides: one removed meanwhile gets nothing.
    """
    if not group.admit(member_ids(group.join.conversation)):
        return None
    rooms.await_events(group.followed)
    catch_up = read(lambda: read_catch_up(group.join))
    group.refuse_others(catch_up.member_ids if catch_up else ())
    if catch_up is not None:
        send(catch_up, group.room)
    return catch_up


def send(catch_up: CatchUp, room: str) -> None:
    """Send what readers lack into the room that they share."""
    for message in catch_up.messages:
        emit.message(message, room)
    for state in catch_up.states:
        emit.current_state(state, room)
    if catch_up.removed:
        emit.removed(catch_up.removed, room)
