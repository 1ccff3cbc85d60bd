"""Stores an imported conversation, in parts, between which everything else runs.

A new one is deleted, as far as everybody can see, until it is complete; what is never completed is
swept like other deleted conversations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from app.database import NO_SYNC, write
from app.errors import Conflict
from app.extensions import db
from app.importing.attaching import Taken, Taking
from app.importing.beside import Beside
from app.importing.parsed import Parsed, Row
from app.importing.planning import Importer, Outcome, Plan, hashed
from app.importing.rows import Take, Target, store_rows
from app.models import Conversation, ImportedConversation, Membership
from app.models.columns import now
from app.models.control_event import ControlEvent, Kind
from app.models.membership import MAX_PINNED
from app.models.message import Role
from app.models.rights import MemberRole
from app.models.search_text import index_title
from app.models.titles import title_from
from app.text import TITLE_LENGTH


def store(importer: Importer, parsed: Parsed, todo: Plan, beside: Beside) -> Outcome:
    """Do what was planned; return what has become of it."""
    taking = Taking(beside, importer.store_file, importer.file_bytes, importer.go_on)

    def take(row: Row) -> Sequence[Taken]:
        return taking.take(row, parsed.notes)

    if todo.outcome == Outcome.ADDED:
        return _add(importer, parsed, todo, take)
    if todo.outcome == Outcome.EXTENDED:
        return _extend(importer, parsed, todo, take)
    return todo.outcome


def _add(importer: Importer, parsed: Parsed, todo: Plan, take: Take) -> Outcome:
    rows = todo.rows
    times = _times(parsed, rows)
    try:
        key = write(lambda: _begin(importer, parsed, todo, times))
    except IntegrityError:  # another import of it has begun since this one was planned
        return Outcome.BUSY
    about = Target(key, importer.user_id, times, lambda key: hashed(parsed.key, key))
    store_rows(about, rows, importer.render, take, importer.go_on)
    write(lambda: _complete(importer, parsed, key, times))
    return Outcome.ADDED


def _extend(importer: Importer, parsed: Parsed, todo: Plan, take: Take) -> Outcome:
    assert todo.conversation_id is not None
    times, key = _times(parsed, todo.rows), todo.conversation_id
    about = Target(
        *(key, importer.user_id, times, lambda key: hashed(parsed.key, key)),
        *(dict(todo.ids), todo.firsts, todo.position),
        is_new=False,
    )
    try:
        store_rows(about, todo.rows, importer.render, take, importer.go_on)
    except Conflict:
        return Outcome.CHANGED_HERE
    write(lambda: _tell(importer, parsed, key))
    return Outcome.EXTENDED


def _times(parsed: Parsed, rows: Sequence[Row]) -> dict[str, datetime]:
    """Return a time for each message: its own, or else that of the message before it."""
    latest = parsed.created_at or next((row.created_at for row in rows if row.created_at), None)
    at = latest or parsed.updated_at or now()
    times = {}
    for row in rows:
        at = times[row.key] = row.created_at or at
    return times


def _begin(importer: Importer, parsed: Parsed, todo: Plan, times: Mapping[str, datetime]) -> int:
    """Start a conversation that nobody sees yet; return its key."""
    left = delete(ImportedConversation).where(ImportedConversation.id == todo.left)
    db.session.execute(left, execution_options=NO_SYNC)
    began = parsed.created_at or min(times.values(), default=now())
    conversation = Conversation(
        title=parsed.title or _title_from(todo.rows),
        model=importer.choose_model(parsed.model),
        system_prompt=parsed.system_prompt,
        temperature=parsed.temperature,
        effort=parsed.effort,
        created_at=began,
        updated_at=parsed.updated_at or max(times.values(), default=began),
        deleted_at=now(),
    )
    if parsed.asking:
        conversation.asking = parsed.asking
    db.session.add(conversation)
    db.session.flush()
    about = {"user_id": importer.user_id, "key": hashed(parsed.key), "importer": importer.token}
    db.session.add(ImportedConversation(conversation_id=conversation.id, **about))
    db.session.flush()
    return conversation.id


def _title_from(rows: Sequence[Row]) -> str:
    first = next((row.content for row in rows if row.role == Role.USER), "")
    return title_from(first[:TITLE_LENGTH])


def _complete(importer: Importer, parsed: Parsed, key: int, times: Mapping[str, datetime]) -> None:
    """Let a complete conversation be found by its owner."""
    conversation = db.session.get_one(Conversation, key)
    conversation.deleted_at = None
    index_title(key, conversation.title)
    conversation.add_member(importer.user_id, MemberRole.OWNER)
    db.session.flush()
    Membership.mark_read(key, importer.user_id, conversation.position)
    _list(conversation, importer.user_id, parsed)
    _remember(importer, parsed, conversation)


def _list(conversation: Conversation, user_id: int, parsed: Parsed) -> None:
    """Pin or archive it as it was, if there is still room for a pinned one."""
    membership = conversation.member(user_id)
    membership.archived = parsed.archived
    if parsed.pinned and not parsed.archived:
        membership.pinned = Membership.count_pinned(user_id) < MAX_PINNED


def _tell(importer: Importer, parsed: Parsed, key: int) -> None:
    """Let the readers of a conversation, and its members' lists, get what was added to it."""
    conversation = db.session.get_one(Conversation, key)
    ControlEvent.post(Kind.REJOIN, conversation.room)
    ControlEvent.post(Kind.DESCRIBE, conversation.room)
    _remember(importer, parsed, conversation)


def _remember(importer: Importer, parsed: Parsed, conversation: Conversation) -> None:
    known = ImportedConversation.find(importer.user_id, hashed(parsed.key))
    if known is not None:
        known.position, known.revision = conversation.position, conversation.revision
