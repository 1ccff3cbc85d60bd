"""How much the database holds, by kind: rows and bytes of each table with its indexes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from threading import Semaphore
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import OperationalError

from app.errors import Unavailable
from app.extensions import db
from app.models.file_content import Stock, stocks
from app.models.model_use import ModelUse, today
from app.models.search_text import INDEX
from app.models.timed_reading import TookTooLong, read_within
from app.slots import slot_of

T = TypeVar("T")

_slot = Semaphore()  # one is measured at a time

QUEUE_SECONDS = 10.0
READ_SECONDS = 2.0  # for each of the parts below; what takes longer is not known
RECENT_DAYS = 30

# What tables hold, in the words of people, and what lets them grow. Other tables have their name.
KINDS = {
    "conversation": ("Conversations", "with each conversation"),
    "message": ("Messages", "with each message"),
    "entry": ("Log entries of answers in the making", "until an answer ends"),
    "search_text": ("What searches look through", "with each message"),
    "membership": ("Members of conversations", "with each person in a conversation"),
    "model_use": ("Use of models", "with each answer; stays when a conversation goes"),
    "user_account": ("People", "with each account"),
    "sign_in": ("Sign-ins", "100 of a person at most"),
    "api_token": ("Tokens", "200 of a person at most"),
    "link": ("Invitations and other links", "expired ones go after a week"),
    "share": ("Share links", "50 of a conversation at most"),
    "audit_event": ("Security events", "kept for a time, and so many at most"),
    "file": ("Files that were sent", "with each file; gone with its conversation"),
    "file_content": ("Which store has the content of which file", "with each file"),
    "file_piece": ("Contents of files", "with each file; gone an hour after it, or more"),
    "file_picture": ("Pictures that models see", "with each picture"),
    "message_file": ("Which message has which file", "with each file"),
    "assistant_avatar": ("Pictures of assistants", "one of an assistant at most"),
    "avatar": ("Pictures of people", "one of a person at most"),
    "job": ("Exports and imports", "gone after a day"),
    "job_piece": ("Files of exports and imports", "gone after a day"),
    "push_subscription": ("Devices that are told of mentions", "20 of a person at most"),
    "imported_conversation": ("Which conversations were imported", "with each import"),
    "imported_message": ("Which messages were imported", "with each import"),
    "passkey": ("Passkeys", "some of each person"),
    "second_factor": ("Second factors", "one of a person at most"),
    "challenge": ("Sign-ins that have begun", "gone after some minutes"),
    "recovery_code": ("Recovery codes", "ten of a person at most"),
    "openid_identity": ("Accounts at a provider", "with each account"),
    "assistant": ("Assistants", "with each assistant"),
    "used_idempotency_key": ("Keys of questions that are gone", "with edits and retries"),
}
OTHER = "little"
LARGEST = ("message", "entry", "search_text")
# SQLite's table of pages walks through the whole file; by table it reads no contents.
SQLITE_BYTES = """
    SELECT coalesce(owner.tbl_name, pages.name) AS name, sum(pages.pgsize) AS bytes
    FROM (SELECT name, pgsize FROM dbstat WHERE aggregate = TRUE) AS pages
    LEFT JOIN sqlite_schema AS owner ON owner.name = pages.name GROUP BY 1
"""
SQLITE_TOTAL = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
POSTGRESQL_BYTES = """
    SELECT relname AS name, pg_total_relation_size(oid) AS bytes FROM pg_class
    WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
"""
POSTGRESQL_TOTAL = "SELECT pg_database_size(current_database())"


class Stored(NamedTuple):
    """What there is of one kind; None where counting it took too long, or the database can't."""

    name: str
    grows: str
    rows: int | None
    size: int | None


class Storage(NamedTuple):
    """All kinds, the largest first; the size of the database; how many answers were given in the
    last RECENT_DAYS, with which most of it grows; and the contents of files by their stores."""

    kinds: list[Stored]
    size: int | None
    recent_answers: int | None
    files: Sequence[Stock]


def measure() -> Storage:
    """Return what there is. It takes 8 seconds at most, beside the event loop."""
    with slot_of(_slot, QUEUE_SECONDS, Unavailable(retry_after=QUEUE_SECONDS)):
        rows: dict[str, int] = {}
        _within(lambda connection: _count(connection, rows))
        sizes = _within(_sizes) or {}
        kinds = [_stored(table, rows.get(table), sizes.get(table)) for table in db.metadata.tables]
        kinds.sort(key=_order)
        return Storage(kinds, _within(_total), _within(_recent), _within(stocks) or [])


def _within(work: Callable[[Connection], T]) -> T | None:
    try:
        return read_within(READ_SECONDS, work)
    except (TookTooLong, OperationalError):  # the latter: this SQLite was built without that table
        return None


def _count(connection: Connection, rows: dict[str, int]) -> None:
    """Count the rows of each table, the largest tables last."""
    for name, table in sorted(db.metadata.tables.items(), key=lambda each: each[0] in LARGEST):
        counted = select(func.count()).select_from(table)
        rows[name] = connection.execute(counted).scalar_one()


def _sizes(connection: Connection) -> Mapping[str, int]:
    is_sqlite = connection.dialect.name == "sqlite"
    found = connection.execute(text(SQLITE_BYTES if is_sqlite else POSTGRESQL_BYTES))
    sizes: dict[str, int] = {}
    for name, size in found:
        table = "search_text" if name.startswith(INDEX) else name
        sizes[table] = sizes.get(table, 0) + int(size)
    return sizes


def _total(connection: Connection) -> int:
    is_sqlite = connection.dialect.name == "sqlite"
    total = text(SQLITE_TOTAL if is_sqlite else POSTGRESQL_TOTAL)
    return int(connection.execute(total).scalar_one())


def _recent(connection: Connection) -> int:
    since = today() - timedelta(days=RECENT_DAYS)
    return int(connection.execute(select(func.count()).where(ModelUse.day > since)).scalar_one())


def _stored(table: str, rows: int | None, size: int | None) -> Stored:
    name, grows = KINDS.get(table, (table.replace("_", " ").capitalize(), OTHER))
    return Stored(name, grows, rows, size)


def _order(stored: Stored) -> Any:
    return -(stored.size or 0), -(stored.rows or 0), stored.name
