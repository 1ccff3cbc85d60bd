"""Readers who join at one moment and hold the same share one read and one encoding.

A thousand who come back at once would otherwise cost a thousand reads of the same text. They
wait in a room of their own, local to this process, until the first of them has closed it, read
for all, and emitted into it.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from itertools import count
from threading import Event, Lock

from app.database import read, release
from app.errors import NotFound, Unavailable
from app.events import emit
from app.extensions import socketio
from app.models import Conversation
from app.schemas import Join
from app.sockets.catch_up import CatchUp, read_catch_up

MOMENT_SECONDS = 0.005
READ_TIMEOUT_SECONDS = 30.0


@dataclass(slots=True)
class Batch:
    """The readers who share a join, by socket, and what they get."""

    room: str
    readers: dict[str, int] = field(default_factory=dict)  # socket id → user id
    served: Event = field(default_factory=Event)
    was_served: bool = False
    catch_up: CatchUp | None = None  # None where the conversation is gone


class SharedJoins:
    """The batches of this process that are still open for others."""

    def __init__(self) -> None:
        self._open: dict[Hashable, Batch] = {}
        self._lock = Lock()
        self._numbers = count(1)

    def catch_up(self, sid: str, user_id: int, conversation: Conversation, wish: Join) -> CatchUp:
        """Bring one reader, already in the conversation's room, up to what is committed.

        Returns what it was sent; raises NotFound if it stopped being a member meanwhile.
        """
        conversation_id, held = conversation.id, _held(wish)
        release()
        with self._lock:
            leads = held not in self._open
            batch = self._open.get(held) or Batch(f"shared-join:{next(self._numbers)}")
            emit.enter(sid, batch.room)  # who is gone by now must not leave it open, unserved
            batch.readers[sid] = user_id
            self._open[held] = batch
        if leads:
            socketio.sleep(MOMENT_SECONDS)
            self._serve(batch, held, conversation_id, wish)
        elif not batch.served.wait(READ_TIMEOUT_SECONDS):
            raise Unavailable()
        return _result(batch, user_id)

    def _serve(self, batch: Batch, held: Hashable, conversation_id: int, wish: Join) -> None:
        with self._lock:
            del self._open[held]  # whoever comes from here on gets a read of their own
        try:
            batch.catch_up = read(lambda: read_catch_up(conversation_id, wish))
            _emit(batch)
            batch.was_served = True
        finally:
            emit.close(batch.room)
            batch.served.set()


def _held(wish: Join) -> Hashable:
    return (wish.conversation, wish.after, wish.revision, frozenset(wish.have.items()))


def _emit(batch: Batch) -> None:
    catch_up = batch.catch_up
    if catch_up is None:
        return
    for sid, user_id in batch.readers.items():
        if not catch_up.has_member(user_id):  # removed since it was let in
            emit.leave(sid, batch.room)
    for message in catch_up.messages:
        emit.missed_message(message, batch.room)
    for state in catch_up.states:
        emit.current_state(state, batch.room)
    if catch_up.removal:
        emit.removed(catch_up.removal, batch.room)


def _result(batch: Batch, user_id: int) -> CatchUp:
    if not batch.was_served:
        raise Unavailable()
    if batch.catch_up is None or not batch.catch_up.has_member(user_id):
        raise NotFound()
    return batch.catch_up
