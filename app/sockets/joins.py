"""Concurrent joins with the same cursor are coalesced into one read and one encoding.

A thousand readers who come back at once would otherwise cost a thousand reads of the same text.
They wait in a room of their own, local to this process. The first of them closes it to others,
reads for all, and emits into it.
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
class Batch:
    """The readers who share a join, by socket id, and what they get."""

    room: str
    readers: dict[str, int] = field(default_factory=dict)  # socket id → user id
    done: Event = field(default_factory=Event)
    succeeded: bool = False
    catch_up: CatchUp | None = None  # None where the conversation is gone


class JoinCoalescer:
    """The batches of this process that are still open to others."""

    def __init__(self) -> None:
        self._open: dict[Hashable, Batch] = {}
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
            batch = self._open.get(cursor) or Batch(f"join:{next(self._numbers)}")
            rooms.enter(sid, batch.room)  # raises for a closed socket, before the batch is open
            batch.readers[sid] = user_id
            self._open[cursor] = batch
        if is_first:
            socketio.sleep(GATHER_SECONDS)
            self._serve(batch, cursor, conversation_id, join)
        elif not batch.done.wait(READ_TIMEOUT_SECONDS):
            raise Unavailable()
        return _result(batch, user_id)

    def _serve(self, batch: Batch, cursor: Hashable, conversation_id: int, join: Join) -> None:
        with self._lock:
            del self._open[cursor]  # a join from here on gets a read of its own
        try:
            batch.catch_up = read(lambda: read_catch_up(conversation_id, join))
            _send(batch)
            batch.succeeded = True
        finally:
            rooms.close(batch.room)
            batch.done.set()


def _cursor(join: Join) -> Hashable:
    return (join.conversation, join.after, join.revision, frozenset(join.have.items()))


def _send(batch: Batch) -> None:
    catch_up = batch.catch_up
    if catch_up is None:
        return
    for sid, user_id in batch.readers.items():
        if user_id not in catch_up.member_ids:  # removed since it entered
            rooms.leave(sid, batch.room)
    for message in catch_up.messages:
        emit.message(message, batch.room)
    for state in catch_up.states:
        emit.current_state(state, batch.room)
    if catch_up.removed:
        emit.removed(catch_up.removed, batch.room)


def _result(batch: Batch, user_id: int) -> CatchUp:
    if not batch.succeeded:
        raise Unavailable()
    if batch.catch_up is None or user_id not in batch.catch_up.member_ids:
        raise NotFound()
    return batch.catch_up
