"""Decides what is to be done about a conversation of a file: whether it is new, or known.

Of one that was imported before, what the file has more is added, as long as nobody has changed it
here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256

from app.events.payloads import sender
from app.extensions import db
from app.importing.attaching import Store
from app.importing.parsed import Parsed, Row
from app.importing.rows import Render
from app.models import Conversation, ImportedConversation
from app.models.columns import now
from app.models.imported import Place, places_in
from app.models.message import Role

STALE = timedelta(minutes=1)  # since the last part of an import that was never completed
ANONYMOUS = "Somebody"


class Outcome(StrEnum):
    """What becomes, or would become, of a conversation in a file."""

    ADDED = "added"
    EXTENDED = "extended"
    UNCHANGED = "unchanged"  # all of it is here
    CHANGED_HERE = "changed"  # the file has more of it, but it was changed here since
    OURS = "ours"  # the conversation that was exported is still here
    BUSY = "busy"  # somebody imports it at this moment


@dataclass(frozen=True, slots=True)
class Importer:
    """Who imports. `token` names this import; `choose_model` returns a model that is offered for
    one that the file names; `render` returns the HTML of a message; `store_file` stores a file, of
    at most `file_bytes`; `go_on` is called between parts, and raises where the import is to end."""

    user_id: int
    name: str
    token: str
    choose_model: Callable[[str | None], str]
    render: Render
    store_file: Store
    file_bytes: int
    go_on: Callable[[], None]


@dataclass(slots=True)
class Plan:
    """What is to be done about a conversation: rows to add to the one with this key, if there is
    one; `ids` are the keys of the messages that it has, and `firsts` of the first versions of
    groups. A new one takes the place of what an earlier import has `left`, if anything."""

    outcome: Outcome
    rows: Sequence[Row] = ()
    conversation_id: int | None = None
    ids: Mapping[str, int] = field(default_factory=dict)
    firsts: Mapping[str, int] = field(default_factory=dict)
    position: int = 0
    left: int | None = None


def plan(importer: Importer, parsed: Parsed) -> Plan:
    """Return what is to be done about a conversation, in the caller's transaction; raises Unusable.

    The conversation is laid out for it, once.
    """
    if _is_ours(importer, parsed):
        return Plan(Outcome.OURS)
    known = ImportedConversation.find(importer.user_id, hashed(parsed.key))
    conversation = db.session.get(Conversation, known.conversation_id) if known else None
    if known is None or conversation is None:
        return _all_of(importer, parsed, known)
    if known.position is None:
        is_at_work = conversation.deleted_at and conversation.deleted_at > now() - STALE
        if is_at_work and known.importer != importer.token:
            return Plan(Outcome.BUSY)
        return _all_of(importer, parsed, known)
    if not conversation.has_member(importer.user_id):
        return _all_of(importer, parsed, known)
    return _more(importer, parsed, known, conversation)


def hashed(*parts: str) -> str:
    """Return a key of a bounded length."""
    return sha256("\0".join(parts).encode(errors="replace")).hexdigest()


def _is_ours(importer: Importer, parsed: Parsed) -> bool:
    if parsed.origin is None or len(parsed.origin) != 32:
        return False
    conversation = Conversation.by_public_id(parsed.origin)
    return conversation is not None and conversation.has_member(importer.user_id)


def _all_of(importer: Importer, parsed: Parsed, left: ImportedConversation | None) -> Plan:
    rows = _named(importer, parsed, parsed.layout(lambda _key: False))
    return Plan(Outcome.ADDED, rows, left=left.id if left else None)


def _more(
    importer: Importer, parsed: Parsed, known: ImportedConversation, conversation: Conversation
) -> Plan:
    places = places_in(conversation.id)

    def leads(key: str) -> bool:
        place = places.get(hashed(parsed.key, key))
        return place is not None and place.hidden_with != place.id

    rows = _named(importer, parsed, parsed.layout(leads))
    new = [row for row in rows if hashed(parsed.key, row.key) not in places]
    if not new:
        return Plan(Outcome.UNCHANGED)
    is_as_then = (conversation.position, conversation.revision) == (known.position, known.revision)
    if not is_as_then or not _fits(parsed, rows, places):
        return Plan(Outcome.CHANGED_HERE)
    ids, firsts = _known_in(parsed, rows, places)
    return Plan(Outcome.EXTENDED, new, conversation.id, ids, firsts, conversation.position)


def _known_in(
    parsed: Parsed, rows: Sequence[Row], places: Mapping[str, Place]
) -> tuple[dict[str, int], dict[str, int]]:
    ids, firsts = {}, {}
    for row in rows:
        if place := places.get(hashed(parsed.key, row.key)):
            ids[row.key] = place.id
            firsts[row.group] = place.version_of or place.id
    return ids, firsts


def _fits(parsed: Parsed, rows: Sequence[Row], places: Mapping[str, Place]) -> bool:
    """Return whether the messages that are here have the same place in the file: hidden with the
    same version, and the new ones come after what they follow."""
    for row in rows:
        place = places.get(hashed(parsed.key, row.key))
        if place is not None and row.hidden_with is not None:
            head = places.get(hashed(parsed.key, row.hidden_with))
            if head is None or place.hidden_with != head.id:
                return False
        if place is not None and row.hidden_with is None and place.hidden_with is not None:
            return False
    return _only_at_ends(parsed, rows, places)


def _only_at_ends(parsed: Parsed, rows: Sequence[Row], places: Mapping[str, Place]) -> bool:
    """Return whether no message that is here follows a new one, of those hidden with the same."""
    has_new: set[str | None] = set()
    for row in rows:
        is_new = hashed(parsed.key, row.key) not in places
        if not is_new and row.hidden_with in has_new:
            return False
        if is_new:
            has_new.add(row.hidden_with)
    return True


def _named(importer: Importer, parsed: Parsed, rows: Sequence[Row]) -> Sequence[Row]:
    """Return the rows with the names of those who are not the importer; None for them."""
    exporter = parsed.exporter
    is_mine = exporter is None or _is_importer(importer, parsed)
    for row in rows:
        if row.role == Role.ASSISTANT:
            continue
        if exporter is None and row.author == importer.name:
            row.author = None
        elif exporter and row.author is None and not is_mine:
            row.author = exporter.name or ANONYMOUS
        elif row.author == "":
            row.author = ANONYMOUS
    if not is_mine:
        for row in rows:
            row.reactions = ()
    return rows


def _is_importer(importer: Importer, parsed: Parsed) -> bool:
    """Return whether an export was made by the person who imports it: on this server their mark in
    the conversation is the same; elsewhere people are known by their names alone."""
    assert parsed.exporter is not None
    mine = sender(parsed.origin or "", importer.user_id)
    return parsed.exporter.sender == mine or parsed.exporter.name == importer.name
