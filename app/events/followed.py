"""The conversations that this process's readers follow, as the database has them: what has changed
since the last look is sent to the readers.

Text that was added is sent as the `chunk`s that were lost, one for each entry of a log: readers who
have some of them ignore these. For all else a `chunk` without text names what there is now, so that
readers who lack it are behind, and join again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from app import counts
from app.database import read
from app.events import emit, lists, rooms
from app.events.payloads import head_payload, progress_payload
from app.models.conversation import ROOM, conversation_in, room_of
from app.models.heads import HEADS_AT_ONCE, Head, Newest, read_growth, read_heads, read_newest
from app.models.log import Delta
from app.models.membership import LIST_ROOM

ENTRIES_AT_ONCE = 100  # of one log; readers who lack more join


class Followed:
    """What readers were told last. In the rooms `in_step` they got chunks since the last look, but
    not by it, so that these are left to a later one."""

    def __init__(self) -> None:
        self._heads: dict[str, Head] = {}  # by conversation
        self._newest: Newest | None = None

    def look(self, in_step: Collection[str]) -> None:
        """Send readers what has changed; the first time, name what there is."""
        here = conversations_in(rooms.followed())
        self._heads = {key: head for key, head in self._heads.items() if key in here}
        self._look_at(here - conversations_in(in_step))
        self._look_at_lists(rooms.followed())

    def name(self, unsure: Collection[str]) -> None:
        """Name what there is in these rooms, and show the followers of lists what is new."""
        self._look_at(conversations_in(unsure) & conversations_in(rooms.followed()))
        self._look_at_lists(unsure)
        self.forget()

    def forget(self) -> None:
        """Begin anew with the next look."""
        self._heads, self._newest = {}, None

    def _look_at(self, conversations: Collection[str]) -> None:
        ids = sorted(conversations)
        for start in range(0, len(ids), HEADS_AT_ONCE):
            some = ids[start : start + HEADS_AT_ONCE]
            heads, entries = read(lambda some=some: self._read(some))  # type: ignore[misc]
            for head in heads:
                self._tell(head, entries.get(head.key or 0, []))
                self._heads[head.conversation] = head

    def _read(self, ids: Sequence[str]) -> tuple[list[Head], Mapping[int, list[Delta]]]:
        """Return how far conversations are, and the new entries of those that have only got more
        text, in the caller's transaction."""
        heads = read_heads(ids)
        grown = [head for head in heads if self._has_grown(head)]
        since = {head.key: self._heads[head.conversation].seq for head in grown if head.key}
        return heads, read_growth(since)

    def _has_grown(self, head: Head) -> bool:
        before = self._heads.get(head.conversation)
        if before is None or not before.seq < head.seq <= before.seq + ENTRIES_AT_ONCE:
            return False
        return head.is_streaming and head == before._replace(seq=head.seq)

    def _tell(self, head: Head, entries: Sequence[Delta]) -> None:
        where, before = head.conversation, self._heads.get(head.conversation)
        for entry in entries:
            payload = progress_payload(head.message or "", where, entry, "streaming")
            emit.chunk(payload, room_of(where))
        if before and before.reacted != head.reacted:
            counts.REJOINS.add("without_redis")
            emit.rejoin(where)
        elif head.message and not entries and before != head:
            emit.chunk(head_payload(head), room_of(where))

    def _look_at_lists(self, followed: Iterable[str]) -> None:
        """Send the followers of lists what these show of conversations that have changed."""
        if any(room.startswith(LIST_ROOM) for room in followed):
            self._newest, changed = read(lambda: read_newest(self._newest))
            for conversation in sorted(changed):
                lists.announce_here(conversation)


def conversations_in(followed: Iterable[str]) -> set[str]:
    """Return the public ids of those of the rooms that are conversations'."""
    return {conversation_in(room) for room in followed if room.startswith(ROOM)}
